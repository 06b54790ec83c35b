Feature: Automation
  A schedule reads the meters without anybody at the keyboard, and the rows say so.

  Scenario: What the timer read is stamped as automation
    Given the schedule
      """
      2026-01-05T09:00Z 2026-01-05T11:00Z W0-CL-01 claude  # morning
      """
    When I run
      """
      mkdir fake && echo 1767603600 > now   # 2026-01-05T09:00:00Z
      cat > fake/date <<'END'
      #!/bin/sh
      case "$*" in
      +%s) cat "$HOME/now" ;;
      *) TZ=UTC0 /bin/date -d "@$(cat "$HOME/now")" "$@" ;;
      esac
      END
      cat > fake/sleep <<'END'
      #!/bin/sh
      echo $(($(cat "$HOME/now") + $1)) > "$HOME/now.new" && mv "$HOME/now.new" "$HOME/now"
      END
      cat > fake/meter <<'END'
      #!/bin/sh
      used=9; [ "$(cat "$HOME/now")" -lt 1767610000 ] || used=30
      echo "Current session: $used% used · resets Jan 5, 1pm (UTC)"
      END
      chmod +x fake/*
      PATH=$HOME/fake:$PATH READ_METER=$HOME/fake/meter $ROOT/scripts/automation/window_timer.sh windows.local.txt
      """
    Then it ends with status 0
    And the ledger has 2 snapshot rows
    And every snapshot row has source automation
    And it says "read after of W0-CL-01 (claude)"
    When I run
      """
      tracker complete --window W0-CL-01 --claude-features 2 --methodology week0
      """
    Then the window row of W0-CL-01 has capacity_pp 21.0
    And the window row of W0-CL-01 has ended_at "2026-01-05T11:05:00Z"

  Scenario: Telemetry of the router is shown by the preview
    Given a router log with 16 Haiku requests on zai and 9 Sonnet requests on anthropic
    And Claude shows 9% used at 09:00, for window W0-MITM-01
    And Claude shows 12% used at 11:00, for window W0-MITM-01
    And I ran
      """
      < usage.jsonl tracker ingest proxy-telemetry --window W0-MITM-01 --stdin
      tracker complete --window W0-MITM-01 --claude-features 3 --quality 1.0 --outcome pass --methodology mitm_offload
      """
    When I run
      """
      tracker preview
      """
    Then it prints "Subagent Proxy"
    And it prints "routed_to_glm=64"

  Scenario: The router's log proves who answered
    Given a router log with 4 Haiku requests on zai and 3 Sonnet requests on anthropic
    When I run
      """
      verify-routing < usage.jsonl
      """
    Then it ends with status 0

  Scenario: What offloading costs is told for each feature
    Given a router log with 8 Haiku requests on zai and 3 Sonnet requests on anthropic
    And Claude shows 9% used at 09:00, for window W0-MITM-01
    And Claude shows 12% used at 11:00, for window W0-MITM-01
    And I ran
      """
      tracker complete --window W0-MITM-01 --claude-features 1 --methodology mitm_offload --feature-id F-0001
      """
    When I run
      """
      (ledger-cat; cat usage.jsonl) | cost-compare --min 3
      """
    Then it prints "F-0001"
    And it prints "saved"
