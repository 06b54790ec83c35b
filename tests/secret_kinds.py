"""Kinds of secrets and identities, and the forms in which a text may hold them: one table for every test of the bundle."""

from __future__ import annotations

import base64
import contextlib
import gzip
import html
import json
import random
import re
import zlib
from urllib.parse import quote

SEED = random.Random(20261127)


def made_up(count: int, signs: str = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789") -> str:
    """Return signs that no secret of anybody's consists of."""
    while True:
        text = "".join(SEED.choice(signs) for _ in range(count))
        if any(sign.isdigit() for sign in text) or "2" not in signs:
            return text


def hexes(count: int) -> str:
    return made_up(count, "0123456789abcdef")


def uuid() -> str:
    return "-".join(hexes(count) for count in (8, 4, 4, 4, 12))


S = made_up
# (where it stands, with {} for the secret; the secret).  What is hidden must at least be the secret.
KINDS: dict[str, tuple[str, str]] = {
    "Anthropic key": ("{}", f"sk-ant-api03-{S(40)}"),
    "Anthropic login": ("{}", f"sk-ant-oat01-{S(40)}"),
    "OpenAI project key": ("{}", f"sk-proj-{S(40)}"),
    "OpenAI key": ("{}", f"sk-{S(32)}"),
    "Z.AI key": ("{}", f"{hexes(32)}.{S(16)}"),
    "Kimi key": ("{}", f"sk-{S(48)}"),
    "GitHub token": ("{}", f"ghp_{S(36)}"),
    "GitHub fine-grained token": ("{}", f"github_pat_11{S(20)}_{S(40)}"),
    "GitLab token": ("{}", f"glpat-{S(20)}"),
    "Slack bot token": ("{}", f"xoxb-{made_up(12, '0123456789')}-{S(24)}"),
    "Slack webhook": ("https://hooks.slack.com/services/{}", f"T{S(8)}/B{S(8)}/{S(24)}"),
    "Discord webhook": ("https://discord.com/api/webhooks/{}", f"{made_up(18, '0123456789')}/{S(40)}"),
    "Google API key": ("{}", f"AIza{S(35)}"),
    "Google access token": ("{}", f"ya29.{S(40)}"),
    "Google client secret": ("{}", f"GOCSPX-{S(28)}"),
    "AWS key id": ("{}", f"AKIA{made_up(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}"),
    "AWS secret": ("aws_secret_access_key = {}", S(40)),
    "AWS presigned": ("https://b.s3.example.com/x?X-Amz-Signature={}", hexes(64)),
    "AWS role": ("{}", f"arn:aws:iam::{made_up(12, '0123456789')}:role/ci"),
    "Azure storage key": ("AccountKey={};EndpointSuffix=x", base64.b64encode(S(40).encode()).decode()),
    "Azure SAS": ("https://example.com/c?sv=2024&sig={}&se=x", S(43)),
    "Stripe key": ("{}", f"sk_live_{S(24)}"),
    "Twilio": ("{}", f"SK{hexes(32)}"),
    "SendGrid": ("{}", f"SG.{S(22)}.{S(43)}"),
    "npm token": ("{}", f"npm_{S(36)}"),
    ".npmrc": ("//registry.example.com/:_authToken={}", uuid()),
    "PyPI token": ("{}", f"pypi-{S(60)}"),
    ".pypirc": ("[pypi]\nusername = x\npassword = {}", S(16)),
    "Hugging Face": ("{}", f"hf_{S(34)}"),
    "DigitalOcean": ("{}", f"dop_v1_{hexes(64)}"),
    "Shopify": ("{}", f"shpat_{hexes(32)}"),
    "Databricks": ("{}", f"dapi{hexes(32)}"),
    "Vault": ("{}", f"hvs.{S(24)}"),
    "Doppler": ("{}", f"dp.pt.{S(40)}"),
    "Linear": ("{}", f"lin_api_{S(40)}"),
    "Atlassian": ("{}", f"ATATT3x{S(60)}"),
    "Telegram bot": ("{}", f"{made_up(9, '123456789')}:AA{S(33)}"),
    "Mailchimp": ("{}", f"{hexes(32)}-us12"),
    "Square": ("{}", f"sq0csp-{S(43)}"),
    "Groq": ("{}", f"gsk_{S(52)}"),
    "xAI": ("{}", f"xai-{S(60)}"),
    "Grafana": ("{}", f"glsa_{S(32)}_{hexes(8)}"),
    "JSON web token": ("{}", f"eyJhbGciOiJIUzI1NiJ9.eyJ{S(20)}.{S(43)}"),
    "RSA key": ("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", S(64)),
    "OpenSSH key": ("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----", S(64)),
    "PGP key": ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{}\n-----END PGP PRIVATE KEY BLOCK-----", S(64)),
    "age key": ("{}", f"AGE-SECRET-KEY-1{made_up(58, 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L')}"),
    "bearer header": ("Authorization: Bearer {}", S(24)),
    "basic header": ("Authorization: Basic {}", base64.b64encode(f"ada:{S(9)}".encode()).decode()),
    "lower-case header": ("authorization: bearer {}", S(24)),
    "proxy header": ("Proxy-Authorization: Basic {}", S(20)),
    "x-api-key": ("x-api-key: {}", S(24)),
    "goog key header": ("x-goog-api-key: {}", S(24)),
    "cookie": ("Cookie: sessionKey={}; theme=dark", S(24)),
    "set-cookie": ("set-cookie: sid={}; Path=/", S(24)),
    "curl -u": ("curl -u {} https://example.com", f"ada:{S(12)}"),
    "curl --user": ("curl --user {} https://example.com", f"ada:{S(12)}"),
    "curl -H": ("curl -H 'X-Auth-Token: {}'", S(20)),
    "--api-key X": ("tool --api-key {} run", S(20)),
    "--password X": ("tool --password {} run", S(12)),
    "--token=X": ("tool --token={} run", S(20)),
    "mysql -p": ("mysql -u root -p{} app", S(12)),
    "sshpass": ("sshpass -p {} ssh x", S(12)),
    "export": ("export ZAI_API_KEY='{}'", S(20)),
    "setting": ("ANTHROPIC_AUTH_TOKEN={}", S(20)),
    "YAML": ("api_key: {}", S(20)),
    "JSON": ('{{"accessToken":"{}"}}', S(20)),
    "PHP": ("'db_password' => '{}'", S(12)),
    "properties": ("spring.datasource.password={}", S(12)),
    "XML element": ("<password>{}</password>", S(12)),
    "XML attribute": ('<add key="ApiKey" value="{}" />', S(20)),
    "plist": ("<key>AuthToken</key><string>{}</string>", S(20)),
    ".netrc": ("machine example.com login ada password {}", S(12)),
    ".pgpass": ("db.example.com:5432:app:ada:{}", S(12)),
    ".htpasswd": ("ada:{}", f"$apr1${S(8)}${S(22)}"),
    "shadow": ("ada:{}:19000:0:99999:7:::", f"$6${S(8)}${S(60)}"),
    "docker auth": (
        '{{"auths":{{"x":{{"auth":"{}"}}}}}}',
        base64.b64encode(f"ada:{S(12)}".encode()).decode(),
    ),
    "kubeconfig": ("client-key-data: {}", base64.b64encode(S(40).encode()).decode()),
    "URL login": ("https://ada:{}@example.com/repo.git", S(12)),
    "redis URL": ("redis://:{}@example.com:6379/0", S(12)),
    "connection string": ("Server=x;Uid=ada;Pwd={};", S(12)),
    "Sentry DSN": ("https://{}@example.com/4", hexes(32)),
    "query string": ("GET /v1?api_key={} HTTP/1.1", S(20)),
    "OTP": ("otpauth://totp/x?secret={}&issuer=y", made_up(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
    "said in words": ("the password is {}", S(12)),
    "e-mail": ("{}", f"ada.{S(8).lower()}@example.com"),
    "e-mail in words": ("account email is {}", f"{S(8).lower()}@mail.example.org"),
    "commit author": ("Author: {}", f"Ada {S(8)} <a@example.com>"),
    "home folder": ("/home/{}/app", f"ada{S(6).lower()}"),
    "Mac home folder": ("/Users/{}/Library", f"ada{S(6).lower()}"),
    "Windows home folder": ("C:\\Users\\{}\\AppData", f"ada{S(6).lower()}"),
    "~user": ("see ~{}/notes", f"ada{S(6).lower()}"),
    "project folder": ("~/.claude/projects/-Users-{}-app", f"ada{S(6).lower()}"),
    "IP address": ("from {}", "203.0.113.77"),
    "private IP address": ("listening on {}:8082", "10.23.45.67"),
    "IPv6 address": ("from {}", "2001:db8:85a3::8a2e:370:7334"),
    "MAC address": ("ether {}", "3c:22:fb:4a:9e:01"),
    "phone number": ("call {}", "+49 170 5550 1234"),
    "American phone number": ("call {}", "(415) 555-0199"),
    "host name": ("hostname: {}", f"build-{S(6).lower()}"),
    "inner host": ("ssh {}", f"ada{S(6).lower()}.corp.internal"),
    "laptop": ("reached {}", f"adas-{S(6).lower()}.local"),
    "public host": ("https://{}/x", f"{S(8).lower()}.ada-lovelace.dev"),
    "prompt": ("ada@{}:~$ make", f"box{S(6).lower()}"),
    "syslog": ("Nov 27 18:00:00 {} sshd[12]: ok", f"box{S(6).lower()}"),
    "account id": ('"account_uuid": "{}"', uuid()),
    "account id bare": ("{}", uuid()),
    "device id": ("device_id={}", hexes(64)),
    "device id bare": ("seen {} twice", hexes(64)),
    "client's user id": ("{}", f"user_{hexes(64)}_account_{uuid()}_session_{uuid()}"),
    "organization id": ("organization-id: {}", uuid()),
    "serial number": ("Serial Number: {}", f"C02{made_up(9, 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789')}"),
    "bank account": ("{}", "DE89 3704 0044 0532 0130 00"),
    "card": ("card {}", "4111 1111 1111 1111"),
    "social security number": ("ssn {}", "078-05-1120"),
    "fish variable": ("set -gx OPENAI_KEY {}", S(12)),
    "registry login": ("docker login -u ada -p {} reg", S(12)),
    "PowerShell secret": ("ConvertTo-SecureString '{}' -AsPlainText", S(12)),
    "French password": ("mot de passe : {}", S(12)),
    "position": ("lat {}", "48.137154, lon 11.576124"),
    "spoken address": ("write to {}", f"ada{S(6).lower()} at lovelace dot org"),
}
# Kinds that stand among letters of other scripts.
FOREIGN = {
    "Chinese password": ("密码：{}", S(12)),
    "Japanese password": ("パスワード: {}", S(12)),
    "Russian password": ("пароль: {}", S(12)),
    "Chinese phone number": ("手机 {}", "13812345678"),
    "Chinese address": ("联系 {}", "李雷@例子.公司"),
}


def in_json(text: str) -> str:
    return json.dumps({"note": json.dumps({"said": text})})


def in_csv(text: str) -> str:
    return '1,"' + json.dumps({"said": text}).replace('"', '""') + '",ok'


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# How a text may stand in a file that is no plain text of it.
FORMS = {
    "plain": lambda text: text,
    "JSON in JSON": in_json,
    "JSON in CSV": in_csv,
    "percent": lambda text: quote(text, safe=""),
    "entities": lambda text: html.escape(text).replace("@", "&#64;").replace("-", "&#x2d;"),
    "escapes": lambda text: "".join(
        f"\\u{ord(sign):04x}" if place % 3 == 1 else sign for place, sign in enumerate(text)
    ),
    "all escapes": lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
    "hex escapes": lambda text: "".join(f"\\x{ord(sign):02x}" for sign in text),
    "base64": base64_of,
    "base64 twice": lambda text: base64_of(base64_of(text)),
    "base64 of gzip": lambda text: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "wrapped base64": lambda text: re.sub(r"(.{20})", r"\1\n", base64_of(text)),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex with blanks": lambda text: text.encode().hex(" "),
    "no-width blanks": lambda text: "\u200b".join(text),
    "soft hyphens": lambda text: "\u00ad".join(text),
    "fullwidth": lambda text: "".join(
        chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text
    ),
}
# A table of what was found in none of the forms, with the reason; the page on bundles says the same.
KEPT: dict[tuple[str, str], str] = {}


def read_back(text: str) -> str:
    """Return what a patient reader gets out of what was given away, by undoing what hides nothing."""
    text = re.sub("[\u200b\u00ad\u2060\ufeff]", "", text)
    for _ in range(3):
        text = re.sub(r"\\+u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
        text = re.sub(r"\\+x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)
        text = re.sub(r"%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), html.unescape(text))
        text = text.replace('\\"', '"').replace('""', '"').replace("\\\\", "\\")
    return "".join(chr(ord(sign) - 0xFEE0) if "\uff01" <= sign <= "\uff5e" else sign for sign in text)


def left_of(secret: str, form: str, shown: str) -> bool:
    """Say whether a secret can still be had from what is shown."""
    back = read_back(shown)
    if secret in back or secret.lower() in back.lower():
        return True
    bare = re.sub(r"\s", "", shown)
    words = re.findall(r"[A-Za-z0-9+/_\-=]{12,}", bare) + re.findall(
        r"(?:[0-9a-f]{2} ){6,}[0-9a-f]{2}", shown
    )
    for word in words:
        for decode in (base64.b64decode, base64.urlsafe_b64decode, base64.b32decode, bytes.fromhex):
            try:
                data = decode(word + "=" * (-len(word) % 8) if decode is not bytes.fromhex else word)
            except ValueError:
                continue
            if data.startswith(b"\x1f\x8b"):
                with contextlib.suppress(OSError, EOFError, zlib.error):  # what was taken out broke it
                    data = gzip.decompress(data)
            if secret.encode() in data or base64.b64encode(secret.encode())[4:-4] in data:
                return True
    return False
