# Source this, in fish: the short names of tracker-aliases.sh and cc-aliases.sh.
# Each runs in bash with this shell's environment; ccsub and ccstock change the environment of this shell.
# AGENT_ID (default main) and TRACKER_ALIAS_PREFIX as there.

set -g _tracker_root (command realpath (status dirname)/..)
set -q AGENT_ID; or set -gx AGENT_ID main

for line in (string match -rg '^_tracker_name (\S+)' <$_tracker_root/scripts/tracker-aliases.sh)
    function "$TRACKER_ALIAS_PREFIX"$line --inherit-variable line
        TRACKER_ALIAS_PREFIX= command bash -c 'source "$0/scripts/tracker-aliases.sh" && "$@"' $_tracker_root $line $argv
    end
end

for name in ccmitm ccverify ccproof cch ccs ccpause ccresume ccbundle
    function $name --inherit-variable name
        command bash -c 'source "$0/scripts/cc-aliases.sh" && "$@"' $_tracker_root $name $argv
    end
end

function cczai_bearer
    set -gx ZAI_HEADER_MODE authorization
end

function cch1
    set -gx MITM_FORCE_H1 1
end

# ccsub [PORT]: this shell's Claude goes through the router, as sub-env.sh says
function ccsub
    set -l names HTTPS_PROXY NODE_EXTRA_CA_CERTS CLAUDE_CODE_SUBAGENT_MODEL
    set -l values (command bash -c 'source "$0/scripts/sub-env.sh" "$@" || exit; printf "%s\n" "$HTTPS_PROXY" "$NODE_EXTRA_CA_CERTS" "$CLAUDE_CODE_SUBAGENT_MODEL"' $_tracker_root $argv)
    or return
    _cc_unset CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX CLAUDE_CODE_USE_FOUNDRY https_proxy ALL_PROXY all_proxy
    for at in 1 2 3
        set -gx $names[$at] $values[$at]
    end
end

function ccstock
    _cc_unset HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy NODE_EXTRA_CA_CERTS CLAUDE_CODE_SUBAGENT_MODEL
end

# _cc_unset NAME…: take these, and every ANTHROPIC_ variable, out of this shell in every scope
function _cc_unset
    for name in (set -nx | string match -r '^ANTHROPIC_.*') $argv
        while set -q $name
            set -e $name; or break
        end
    end
    for name in (set -nx | string match -r '^ANTHROPIC_.*') $argv
        if set -q $name
            echo "ccstock: $name is still set; open a new terminal instead" >&2
            return 75
        end
    end
end
