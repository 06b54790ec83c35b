"""The table of what a secret or an identity looks like: one line a shape, one word a kind.

A group of a pattern named `secret…` is the part to hide; without one, all of the match goes.  Known
vendors' keys come from detect-secrets as well.  Whatever is in doubt counts: a bundle with a hole in it
is better than one with a key.
"""

from __future__ import annotations

_COLON = r"(?:\\?[\"'])?\s*(?::=|[:=：]|%3a|[=\-]>)\s*(?:\\?[\"'])?"
# What no secret is: taken out already, nothing, a number, a place for one (<…>, $X, made-up).
_NO_VALUE = r"(?!\[redacted|null\b|none\b|true\b|false\b|-?[\d.]+(?:[\s,}\"'\\<]|$)|<|\$|\*{3}|made-up\b)"
_VALUE = _NO_VALUE + r"(?P<secret>[^\s\"'\\,;}{<>&]{4,})"
_WORD = r"(?P<secret>(?!\[redacted)[^\s\"'\\,;<>]+)"
_SETTING = (
    r"(?:api_?-?key|apikey|secret|passwd|password|passwort|passphrase|passcode|credentials?|access_?key"
    r"|(?:access|refresh|auth|id|session|bot|oauth|api|bearer|private|deploy|csrf|xsrf)[_-]?token|session_?key|account_?key"
    r"|mot de passe|contrase(?:ñ|n)a|senha|пароль|密码|密钥|口令|パスワード|비밀번호|has[łl]o\b|wachtwoord|parola\b"
    r"|kennwort|(?:master|signing|encryption|service|server|licen[cs]e|hmac|cipher)[_-]?key"
    r"|shared_?access_?key|private_?key|[_-]token|[_-]key|[_-]pass|[_-]pwd|\bpwd|\bpin|\botp|\bsignature|\bsig|\btoken)"
)
_ID_NAME = (
    r"(?:account|device|organi[sz]ation|org|user|customer|client|tenant|subscription|workspace|machine|install(?:ation)?"
    r"|session|anonymous|distinct|conversation|serial)[_ -]?(?:uu)?(?:id|number|no)\b"
)
_UUID = r"[0-9a-fA-F]{8}(?:[\-_][0-9a-fA-F]{4}){3}[\-_][0-9a-fA-F]{12}"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
# Hosts that everybody may know: of providers, their documentation, and of examples; see `PUBLIC_HOSTS`.
PUBLIC_HOSTS = [
    "anthropic.com",
    "claude.ai",
    "claude.com",
    "z.ai",
    "bigmodel.cn",
    "openai.com",
    "chatgpt.com",
    "moonshot.ai",
    "moonshot.cn",
    "deepseek.com",
    "google.com",
    "googleapis.com",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "bitbucket.org",
    "python.org",
    "npmjs.com",
    "npmjs.org",
    "readthedocs.io",
    "wikipedia.org",
    "arxiv.org",
    "doi.org",
    "w3.org",
    "ietf.org",
    "rfc-editor.org",
    "json-schema.org",
    "mozilla.org",
    "mitmproxy.org",
    "docker.com",
    "ubuntu.com",
    "debian.org",
    "apple.com",
    "microsoft.com",
    "example.com",
    "example.org",
    "example.net",
]
_PUBLIC = "|".join(name.replace(".", r"\.") for name in PUBLIC_HOSTS)
_TOP = "com|net|org|io|dev|ai|cn|co|app|cloud|de|fr|uk|eu|us|jp|in|ru|edu|gov|info|biz|tech|xyz|me|ca|au|ch|at|nl|se"
_INNER = "local|lan|fritz\\.box|speedport\\.ip|internal|intranet|corp|home|private|localdomain|home\\.arpa|test|ts\\.net|consul"

# (kind, pattern); tried from top to bottom, so what holds another stands above it.
SHAPES: tuple[tuple[str, str], ...] = (
    (
        "private-key",
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
        r"|PuTTY-User-Key-File-\d:[\s\S]*?(?:Private-MAC: [0-9a-f]+|\Z)|AGE-SECRET-KEY-1[0-9A-Z]+",
    ),
    # Keys that say by their beginning whose they are.
    ("anthropic-key", r"(?i)sk-ant-[A-Za-z0-9_\-]{4,}"),
    (
        "api-key",
        r"\b(?:sk|pk|rk|key|ak|lin_api|ntn|secret|sess)[-_](?=[A-Za-z_\-]*\d)[A-Za-z0-9_\-]{14,}|\bgithub_pat_\w{20,}|\bgh[pousr]_\w{10,}"
        r"|\bAIza[\w\-]{20,}|\bya29\.[\w\-.]{8,}|\b1//0[\w\-]{10,}|\bGOCSPX-[\w\-]{8,}|\bnpm_[A-Za-z0-9]{10,}|\bhf_[A-Za-z0-9]{10,}"
        r"|\bgl(?:pat|dt|rt|ptt|soat|cbt)-[\w\-.]{8,}|\bpypi-[\w\-]{10,}|\bxox[a-z]-[\w\-%]{8,}|\btskey-[\w\-]{8,}|\bxapp-[\w\-]{8,}|\bSG\.[\w\-.]{10,}"
        r"|\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{8,}|\bd(?:op|oo|or)_v1_\w{10,}|\bshp(?:at|ca|pa|ss)_\w{8,}|\bsq0[a-z]{3}-[\w\-]{8,}"
        r"|\bEAAA[\w\-]{20,}|\bdapi[0-9a-f]{16,}|\bhv[sbr]\.[\w\-]{8,}|\bdp\.(?:pt|st|ct|sa|scim|audit)\.[\w\-.]{8,}|\bATATT3?[\w\-=]{10,}"
        r"|\b(?:AC|SK)[0-9a-f]{32}\b|\b\d{8,10}:AA[\w\-]{20,}|\bmfa\.[\w\-]{20,}|\b[MNO][\w\-]{23,25}\.[\w\-]{6}\.[\w\-]{20,}"
        r"|\bnvapi-[\w\-]{10,}|\bgsk_\w{10,}|\bxai-\w{10,}|\br8_\w{10,}|\bpplx-\w{10,}|\bfw_\w{16,}|\btvly-[\w\-]{8,}|\bphc_\w{10,}"
        r"|\bNRAK-\w{10,}|\bglsa_\w{10,}|\bsntrys_[\w=+/]{10,}|\bsbp_\w{10,}|\bpat[A-Za-z0-9]{14}\.\w{10,}|\bv2\.local\.\S{10,}"
        r"|\bfigd_[\w\-]{8,}|\brnd_\w{10,}|\bCFPAT-[\w\-]{8,}|\bPMAK-[\w\-]{8,}|\btfp_\w{8,}|\bFwoGZXIv\S{8,}",
    ),
    ("zai-key", r"\b[0-9a-fA-F]{32}\.[A-Za-z0-9_\-]{8,}"),
    ("jwt", r"\beyJ[\w\-]{8,}(?:\.[\w\-]+){0,4}"),
    (
        "hash",
        r"\$(?:2[abxy]|1|5|6|7|y|apr1|argon2\w*|scrypt|pbkdf2[\w\-]*)\$[^\s:\"']{8,}|\{S?SHA\d*\}[A-Za-z0-9+/=]{8,}",
    ),
    # Headers, settings, options.
    (
        "bearer",
        r"(?i)\b(?:bearer|basic|token|digest|negotiate|ntlm)\s+(?!\[redacted)(?P<secret>(?=\S*\d)[A-Za-z0-9._~+/=\-]{8,})",
    ),
    (
        "header",
        r"(?i)\b(?:proxy-)?authorization" + _COLON + r"(?:(?:bearer|basic|token|digest)\s+)?" + _VALUE,
    ),
    (
        "key-header",
        r"(?i)\b(?:x-)?(?:api|auth|goog-api|amz-security|vault|gitlab|csrf|functions|access|subscription|session)-?(?:key|token)"
        + _COLON
        + _VALUE,
    ),
    ("cookie", r"(?i)\b(?:set-)?cookie[s2]?" + _COLON + r"(?!\[redacted)(?P<secret>[^\"'\\\r\n]{4,})"),
    (
        "option",
        r"(?i)(?<![\w-])--?(?:[a-z]+-)*(?:api-?key|key|token|password|passwd|pass|passphrase|secret|auth|credentials?|pin|pwd)"
        r"(?:[ =]|\s+)[\"']?" + _NO_VALUE + r"(?!-)(?P<secret>[^\s\"']{4,})",
    ),
    (
        "login",
        r"(?<![\w-])(?:-u|-U|--user|--proxy-user|--login)[ =]?[\"']?(?P<secret>(?!\[redacted)[^\s:\"'/]+:[^\s\"']+)",
    ),
    (
        "login",
        r"\b(?:mysql|mysqldump|mariadb|sshpass|redis-cli|ldapsearch|smbclient|7z)\b[^\n|;]*?\s-[paw] ?(?P<secret>(?!\[redacted)[^\s\-][^\s]{3,})",
    ),
    (
        "login",
        r"(?i)\b(?:docker|podman|nerdctl|crane|oras|registry) login\b[^\n|;]*?\s-p ?[\"']?(?P<secret>(?!\[redacted)[^\s\-\"'][^\s\"']{3,})"
        r"|\bnet use \S+\s+(?:\\\S+\s+)?(?P<secret2>(?![\[/])\S+)\s+/user"
        r"|\bconvertto-securestring\s+(?:-string\s+)?\\*[\"'](?P<secret3>(?!\[redacted)[^\"'\\]+)",
    ),
    (
        "login",
        r"(?i)\b(?:machine|host|default)\s+\S+\s+login\s+(?P<secret>\S+(?:\s+password\s+\S+)?)|\blogin\s+(?P<secret2>(?!\[redacted)\S+\s+password\s+\S+)",
    ),
    (
        "login",
        r"(?<![\w.\-])(?P<secret>(?:[\w*.\-]+|\[[0-9a-f:]+\]):(?:\d{2,5}|\*):[\w*\-]+:[\w*.@\-]+:[^\s\"']{3,})",
    ),  # .pgpass
    (
        "setting",
        r"(?i)" + _SETTING + r"(?:[_-]?\w{0,12})?" + _COLON + _VALUE,
    ),
    (
        "setting",
        r"(?i)<(?:\w+:)?(?P<name>[\w.\-]*"
        + _SETTING
        + r"[\w\-]*)(?:\s[^>]*)?>\s*(?:<!\[CDATA\[)?\s*(?P<secret>(?!\[redacted)[^<\]]{2,})",
    ),
    (
        "setting",
        r"(?i)(?:name|key|id)\s*=\s*\\?[\"'][\w.\-]*"
        + _SETTING
        + r"[\w\-]*\\?[\"']\s+value\s*=\s*\\?[\"'](?P<secret>(?!\[redacted)[^\"'\\]+)"
        r"|<(?:key|name)>[^<]*"
        + _SETTING
        + r"[^<]*</(?:key|name)>\s*<(?:string|value)>(?P<secret2>(?!\[redacted)[^<]+)",
    ),
    (
        "setting",
        r"(?i)\b(?:set -\w+|setenv|setx)\s+\w*(?:key|token|secret|password|passwd|pass|pwd)\s+[\"']?"
        + _NO_VALUE
        + r"(?P<secret>[^\s\"']{4,})"
        r"|\b(?:pin|otp|passcode|tan|verification code)" + _COLON + r"(?P<secret2>\d{4,8})(?![\w.])"
        r"|\b(?:seed|recovery|mnemonic)(?: (?:phrase|words))?"
        + _COLON
        + r"(?P<secret3>(?:[a-z]{3,8}\s+){11,23}[a-z]{3,8})",
    ),
    (
        "setting",
        r"(?i)\b(?:password|passwort|passphrase|secret|api key|pin|code)\s+(?:is|was|lautet|=|:)\s*[\"']?"
        + _NO_VALUE
        + r"(?P<secret>(?=\S*\d)[^\s\"',;]{4,})",
    ),
    (
        "setting",
        r"(?i)\"auths?\"\s*:\s*\{[^}]*?\"(?:auth|identitytoken|registrytoken)\"\s*:\s*\"(?P<secret>(?!\[redacted)[^\"]+)",
    ),
    (
        "setting",
        r"(?i)(?:\\?[\"'])?\b(?:auth|_auth|identitytoken|client-key-data|client-certificate-data|seed|mnemonic|salt|hmac)"
        + _COLON
        + r"(?P<secret>(?!\[redacted)(?=[^\s\"']*\d|[^\s\"']*=)[A-Za-z0-9+/=_\-]{8,})",
    ),
    (
        "url-login",
        r"(?i)[a-z][a-z0-9+.\-]*://(?P<secret>(?!\[redacted)[^\s/:@\"'<>]*:(?!\[redacted)[^\s/@\"'<>]+)@",
    ),
    (
        "url-login",
        r"(?i)[a-z][a-z0-9+.\-]*://(?!git@)(?P<secret>(?!\[redacted)(?=[^\s/@\"'<>]*[\d])[^\s/:@\"'<>]{6,})@",
    ),
    (
        "url-key",
        r"(?i)[?&;](?:[\w\-]*(?:key|token|secret|sig|signature|password|auth|code|credential|session|jwt)[\w\-]*)=(?P<secret>(?!\[redacted)[^\s&#\"'<>]{4,})",
    ),
    (
        "url-key",
        r"(?i)\bhooks?\.[\w.\-]+/(?P<secret>(?!\[redacted)[\w/\-.]{8,})|/api/webhooks/(?P<secret2>(?!\[redacted)[\w/\-]{8,})|\.webhook\.office\.com/(?P<secret3>\S+)",
    ),
    # Commands and files whose words alone say that the next one is a secret.
    (
        "login",
        r"(?i)\bsnmp\w+\b[^\n|;]*?\s-c ?(?P<secret>(?!\[redacted)[^\s\-][^\s]{3,})"
        r"|\b(?:ipmitool|zip|unzip)\b[^\n|;]*?\s(?-i:-P) ?(?P<secret2>(?!\[redacted)[^\s\-][^\s]{3,})"
        r"|\bopenssl\b[^\n|;]*?\s-(?:k|pass|passin|passout) (?:pass:)?(?P<secret3>(?!\[redacted|file:|env:|fd:|stdin)[^\s\-][^\s]{3,})"
        r"|\b(?:https?|xh)\b[^\n|;]*?\s(?:-a|--auth)[ =](?P<secret4>(?!\[redacted)[^\s:]+:\S+)"
        r"|\s-(?:src|dest)?(?:storepass|keypass)\s+(?P<secret5>(?!\[redacted)\S{4,})"
        r"|\bhtpasswd\s+-\w*b\w*\s+\S+\s+(?P<secret6>(?!\[redacted)\S+\s+\S{4,})"
        r"|(?<![\w.\-])(?:proxy-)?user\s*=\s*\\*[\"']?(?P<secret7>(?!\[redacted)[^\s:\"'/\\]+:[^\s\"'\\]{4,})",
    ),
    (
        "setting",
        r"(?i)(?:password|passwd|passphrase|secret|salt|psk)\w{0,20}[\"']?\s*[:=,]\s*(?:\"(?P<secret>(?!\[redacted)[^\"\n\\]*\s[^\"\n\\]+)\"|'(?P<secret2>(?!\[redacted)[^'\n\\]*\s[^'\n\\]+)')"
        r"|\b(?:wpa_?)?(?:psk|pre-?shared ?key)\s*[:=]\s*[\"']?(?P<secret3>(?!\[redacted)[^\s\"']{8,})"
        r"|\bkey content\s*:\s*(?P<secret4>(?!\[redacted)\S{4,})"
        r"|(?<![?&\w])code=(?P<secret5>(?=[\w\-]*\d)[\w\-.]{16,})"
        r"|\"[\w\-]*oauth\"\s*:\s*\{[^{}]*?:\s*\"(?P<secret6>(?!\[redacted)[^\"]{8,})",
    ),
    (
        "identity",
        r"(?i)\b(?:passport|ausweis\w*|driver'?s? licen[cs]e|national id|tax id|steuer-?id|ssn|licen[cs]e plate|date of birth|dob|geburtsdatum)"
        r"(?: ?(?:no|number|nr)\b\.?)?\s*[:#=]\s*[\"']?(?P<secret>(?!\[redacted|null)(?=[^\n\"']*\d)\w[\w \-/.]{4,24})"
        r"|\b[ug]id=\d+\((?P<secret2>(?!\[redacted)[^)\n]+)\)"
        r"|(?-i:(?<!\w)(?:USER|LOGNAME|USERNAME|SUDO_USER)=)[\"']?(?P<secret3>(?!\[redacted|\$|root\b)[^\s\"';,]+)"
        r"|(?:(?<![\w\-])|(?<=\\n))[\-dlbcps][rwxst\-]{9}[.+@]?\s+\d+\s+(?P<secret4>(?!\[redacted|root\s+root)\S+\s+\S+)\s+\d"
        r"|(?<![\w.\-/])(?P<secret5>(?!root\b)[a-z_][\w.\-]{0,40})\s+(?:ttys?\d+|pts/\d+|console)\s+(?:\w{3}\s|\d{4}-)",
    ),
    ("id", r"(?<!\w)0x(?P<secret>[0-9a-fA-F]{64})(?!\w)"),
    (
        "setting",
        # A value that stands in a block of YAML, behind an anchor, in a list, behind a short word.
        r"(?i)"
        + _SETTING
        + r"\w{0,12}\s*:\s*(?:[|>][+\-\d]?(?:\s|\\+[nr])+|[&!]\w+\s+)"
        + _VALUE
        + r"|[\"']\w{0,20}"
        + _SETTING.replace("?P<", "?:<")
        + r"\w{0,12}\\*[\"'],\s?\\*[\"'](?P<secret2>(?!\[redacted)(?=[^\"']*\d)[^\"'\\\s]{6,})"
        r"|(?<![\w\-])(?:pass|pw)(?:=|: ?)[\"']?(?P<secret3>(?!\[redacted)(?=[^\s\"']*\d)(?=[^\s\"']*[a-z])[^\s\"',;&]{6,})"
        r"|\b(?:token|key)\s+(?:is|was)\s+[\"']?(?P<secret4>(?!\[redacted)(?=[\w\-.+/=]*\d)(?=[\w\-.+/=]*[a-z])[\w\-.+/=]{8,})"
        r"|\b(?:php|j|asp)sess(?:ion)?id\w*=(?P<secret5>(?!\[redacted)[\w\-.]{8,})|\bconnect\.sid=(?P<secret6>(?!\[redacted)[\w\-.%]{8,})"
        r"|\b(?:response|c?nonce|opaque)=\\*\"(?P<secret7>(?!\[redacted)[^\"\\\s]{8,})",
    ),
    (
        "login",
        r"(?i)\b(?:sqlplus|sqlcl|rman|expdp|impdp)\s+(?:-\w+\s+)*(?P<secret>(?!\[redacted)[^\s/@]+/[^\s@/]+)@"
        r"|\bjdbc:oracle:\w+:(?P<secret2>(?!\[redacted)[^\s/@]+/[^\s@/]+)@",
    ),
    (
        "identity",
        r"(?i)\bserial(?: ?(?:no|number|nr)\.?)?\s*[:#=]\s*(?P<secret>(?!\[redacted)(?=\w*\d)(?-i:[A-Z0-9]{8,}))"
        r"|(?<![\w\-])(?:co-authored-by|reviewed-by|tested-by|acked-by|reported-by|suggested-by|author|committer|from|reply-to|cc)\b ?:? "
        r"\\*[\"']?(?P<secret2>(?!\[redacted)[^\W\d_][^<>\n\"'@{}]{1,60}?)\\*[\"']? <(?=[^<>\s]+@|\[redacted e-mail)"
        r"|(?<![\w.@\-])(?!git@)(?P<secret3>[a-z_][\w.\-]{1,40})@(?="
        + _OCTET
        + r"(?:\."
        + _OCTET
        + r"){3}(?![\w.])|\[redacted address)",
    ),
    (
        "host",
        r"(?<![\w\-])(?P<secret>(?:DESKTOP|LAPTOP|WIN)-[A-Z0-9]{7,11})(?![\w\-])|(?i:\bhostname\s+)(?P<secret2>(?=[a-z\-]*\d)[a-z][\w\-]{2,})"
        r"|(?:(?<![\w.\-/])|(?<=\\n))(?P<secret3>(?!\[redacted)[a-zA-Z][\w\-]*):[~/]\S* [a-z_][\w.\-]*[$#%](?:\s|$)",
    ),
    ("home-folder", r"/var/folders/(?P<secret>\w\w/(?!\[redacted)\w{6,})"),
    (
        "host",
        r"\[(?P<secret>(?!redacted)[\w.\-]+@[\w.\-]+)\s[^\]\n]{0,80}\][$#%]"
        r"|\b(?:Linux|Darwin|FreeBSD) (?P<secret2>(?!version)[a-zA-Z][\w.\-]+) \d+\.\d+"
        r"|\bssh-remote(?:\+|%2[bB])(?P<secret3>[\w.\-]+)",
    ),
    ("home-folder", r"/(?:Volumes|media/[^/\s\"']+)/(?P<secret>(?!\[redacted|Macintosh)[^/\s\"',;)]+)"),
    # Who and where.
    ("identity", r"(?i)\b" + _ID_NAME + _COLON + _NO_VALUE + _WORD),
    (
        "identity",
        r"(?i)(?:account_?(?:uu)?id|device_?id|organization_?(?:uu)?id|user_?id|email(?:_?address)?)"
        + _COLON
        + _VALUE,
    ),
    (
        "identity",
        r"(?i)\b(?:account|device|organi[sz]ation|user|customer|serial|imei|udid)(?: (?:id|uuid|number|no\.?))? (?:is |was )?[:#]?\s*(?P<secret>(?!\[redacted)(?=[\w\-]*\d)[\w\-]{6,})",
    ),
    (
        "identity",
        r"\buser_[0-9a-f]{8,}\w*|\b(?:user|acct|org|cus|team|usr|wrkspc|sub)_(?=[A-Za-z]*\d)[A-Za-z0-9]{8,}|\barn:aws[\w\-]*:[^\s\"']+",
    ),
    (
        "identity",
        r"(?i)\b(?:user\.name|full ?name|display ?name|organi[sz]ation[ _]?name|org[ _]?name|first ?name|last ?name|real ?name|user ?name|login|ssid|owner|author|committer|signed-off-by|street|address)\b"
        + _COLON
        + r"(?!\[redacted|null|<|\$)(?P<secret>[^\s\"'\\,;}{<>][^\n\"'\\,;}{<>]*)",
    ),
    (
        "id",
        r"(?i)(?<!row_id\":\")(?<!row_id=)(?<!row_id: )(?<!\w)(?<![\w]-)(?P<secret>" + _UUID + r")(?!\w)",
    ),
    ("id", r"(?<![\w/:.+])(?P<secret>[0-9a-f]{64}|[0-9A-F]{64}|[0-9a-f]{32}|[0-9A-F]{32})(?![\w.])"),
    (
        "e-mail",
        r"(?i)(?<![\w.+\-])(?!git@)[\w.+\-]+\s?@\s?(?:[\w\-]+\.)+[^\W\d_]{2,}|[\w.+\-]+ ?[\[(]at[\])] ?[\w\-]+ ?(?:[\[(]dot[\])]|\.) ?[a-z]{2,}"
        r"|\\*\"[^\"\n@\\]{1,40}\\*\"@[\w\-]+(?:\.[\w\-]+)+"
        r"|\b[\w.+\-]+ at (?!the |an? |th(?:is|at) |each |every |one )[\w\-]+ dot (?:" + _TOP + r")\b",
    ),
    (
        "home-folder",
        r"(?i)(?:[/\\]|(?<=\w:))(?:users|home)[/\\]+(?P<secret>(?!\[redacted)[^\s/\\\"'%:,;)\]<>]+(?:(?: (?-i:[A-Z])[\w\-.]{1,30}){1,2}(?=[/\\]))?)|-(?:Users|home)-(?P<secret2>[A-Za-z0-9_.]+)(?=-)|(?<![\w/])(?P<secret3>/root)(?=[/\s\"':,;)]|$)",
    ),
    ("home-folder", r"(?<![\w/~.)])~(?P<secret>[a-z_][\w.\-]*)(?=[/\s\"':,;)]|$)"),
    (
        "address",
        r"(?<![\w.\-])(?!127\.|0\.0\.0\.0|255\.)(?<![vV])(?<!version )(?P<secret>"
        + _OCTET
        + r"(?:\."
        + _OCTET
        + r"){3})(?![\w\-]|\.\d)",
    ),
    (
        "address",
        r"(?i)(?<![\w:.])(?P<secret>(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=[0-9a-f:]*::)(?:[0-9a-f]{1,4}:+){2,6}[0-9a-f]{1,4}|fe80::[0-9a-f:]+)(?:%\w+)?(?![\w:])"
        r"|(?<![\w:.])(?P<secret2>(?:[0-9a-f]{1,4}:){1,7}:)(?=/\d)|(?<![\w.\-])(?P<secret3>"
        + _OCTET
        + r"(?:\[\.\]"
        + _OCTET
        + r"){3})(?!\w)"
        r"|\bmac(?:[_ ]?addr(?:ess)?)?\W{1,4}(?P<secret4>[0-9a-f]{12})(?!\w)",
    ),
    (
        "address",
        r"(?i)(?<![\w:\-.])(?P<secret>[0-9a-f]{2}(?:([:\-])[0-9a-f]{2})(?:\2[0-9a-f]{2}){4}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w:\-])",
    ),
    (
        "phone",
        r"(?<![\w.+\-])(?P<secret>(?:\+|00)\d{1,3}[ .\-/]?(?:\(?\d{1,4}\)?[ .\-/]?){2,5}\d{2,4}|\(\d{3}\) ?\d{3}[ .\-]\d{4}|\d{3}[.\-]\d{3}[.\-]\d{4})(?![\w\-])",
    ),
    (
        "phone",
        r"(?<![\w.,+\-/:])(?P<secret>0[1-9]\d{1,3}[ /\-]\d{5,8}|0[1-9](?: \d\d){4}|1[\- .]\d{3}[\- .]\d{3}[\- .]\d{4}|\(0\) ?\d{2,4}[ /\-]?\d{5,8})"
        r"(?![\w\-/:]|[.,]\d| \d)",
    ),
    ("phone", r"(?:手机|电话|微信|联系方式)(?:号码?)?\W{0,4}(?P<secret>\+?\d[\d \-]{5,}\d)"),
    (
        "address",
        r"(?i)\blat(?:itude)?\W{1,5}(?P<secret>-?\d{1,2}\.\d{2,}\W{1,4}lo?ng?(?:itude)?\W{1,5}-?\d{1,3}\.\d{2,})",
    ),
    (
        "phone",
        r"(?i)\b(?:tel|phone|mobile|handy|fax|whatsapp)\w*(?:\s+number)?\s*[:=]\s*(?P<secret>\+?[\d(][\d ()./\-]{5,}\d)",
    ),
    (
        "account",
        r"\b(?P<secret>[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?)\b|(?<![\w.\-])(?P<secret2>(?:4\d{3}|5[1-5]\d{2}|6011|3[47]\d{2})[ \-]?\d{4,6}[ \-]?\d{4,5}(?:[ \-]?\d{4})?)(?![\w.])|(?<![\w\-])(?P<secret3>\d{3}-\d{2}-\d{4})(?![\w\-])",
    ),
    (
        "host",
        r"(?i)\b(?:host|hostname|server|computer ?name|machine|node|nodename)(?:_?name)?"
        + _COLON
        + r"(?!\[redacted|localhost|127\.|0\.0\.0\.0|null|<|\$|(?:[\w\-]+\.)*(?:"
        + _PUBLIC
        + r")\b)(?P<secret>[a-z][\w.\-]{2,})",
    ),
    # \\host\share, with each backslash as often as JSON within JSON writes it.
    (
        "host",
        r"(?i)(?<![\\\w:])(\\+)\1(?!wsl\$|wsl\.localhost|localhost\\|[\d.]+\\|\[redacted)"
        r"(?P<secret>[\w][\w.\-]+(?:@ssl)?(?:@\d+)?)(?=\1[\w$ ])"
        r"|\\+\?\\+UNC\\+(?P<secret2>(?!\[redacted)[\w.\-]+)",
    ),
    (
        "host",
        r"(?i)\b(?:cifs|smbfs|smbclient|mount_smbfs|net (?:use|view))\b[^\n]{0,60}?[\\/]{2}(?P<secret>(?!\[redacted)[\w][\w.\-]+)",
    ),
    ("host", r"(?i)(?<![\w.\-])(?P<secret>(?:[\w\-]+\.)+(?:" + _INNER + r"))(?![\w.\-]*\w)"),
    (
        "host",
        r"(?i)://(?!localhost|127\.|0\.0\.0\.0|\[|(?:[\w\-]+\.)*(?:"
        + _PUBLIC
        + r")(?:[/:\s\"'<>)]|$))(?P<secret>(?!redacted)[a-z][\w.\-]*)",
    ),
    (
        "host",
        r"(?i)(?<![\w@/.\-])(?=[a-z0-9])(?!(?:[\w\-]+\.)*(?:"
        + _PUBLIC
        + r")(?!\.?\w))(?P<secret>(?:[a-z0-9][\w\-]*\.)+(?:"
        + _TOP
        + r"))(?![\w(\-]|\.\w)",
    ),
    (
        "host",
        r"(?i)(?<![\w.])(?!git@|\d)[\w.\-]+@(?P<secret>(?!\[redacted)(?!(?:[\w\-]+\.)*(?:"
        + _PUBLIC
        + r"))[a-z][\w.\-]*[\w])(?=[:\s][~/$#%]|\s*[$#%>])",
    ),
    (
        "host",
        r"(?<!\w)(?:\[?\w{3} [ \d]?\d \d\d:\d\d:\d\d\]?|<\d+>\d? ?\S+) (?P<secret>(?!\[redacted)[\w][\w.\-]+) \S+(?:\[\d+\])?:",
    ),
)

# A long word of letters in both cases and digits, mixed as no person writes it.
MIXED = r"(?<![\w])(?P<secret>(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{20,})(?![\w])"

# By kind, what a text in small letters must hold for any shape of the kind: looking for that first is fast.
HINTS: dict[str, tuple[str, ...]] = {
    "private-key": ("private", "age-secret"),
    "anthropic-key": ("sk-ant",),
    "jwt": ("eyj",),
    "hash": ("$", "{s"),
    "bearer": ("bearer", "basic", "token", "digest", "negotiate", "ntlm"),
    "header": ("authorization",),
    "key-header": ("key", "token"),
    "cookie": ("cookie",),
    "option": ("-",),
    "login": ("-", ":", "login", "/"),
    "url-login": ("://",),
    "url-key": ("=", "hook"),
    "e-mail": ("@", "(at", "[at", " at "),
    "id": tuple("0123456789abcdef"),
    "phone": tuple("0123456789"),
    "account": tuple("0123456789"),
    "address": (":", ".", "-", "mac"),
}
