"""Z.AI's errors."""

from __future__ import annotations

import pytest

from meter_texts import name_of, parsed, reads_as_noted, texts
from tracker.meters import Refusal, glm_error


@pytest.mark.parametrize("path", texts("glm-error"), ids=name_of)
def test_a_text_reads_as_the_file_beside_it_says(path):
    reads_as_noted(path)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("API Error: 429 余额不足", "no_subscription"),
        ("API Error: 401 身份验证失败", "auth_error"),
        ("API Error: 429 访问量过大，请稍后再试", "endpoint_rate_limited"),
        ("已达到 5 小时的使用上限", "limit_reached"),
        ('{"success":false,"msg":"当前用户不存在coding plan"}', "no_subscription"),
        ('{"code":500,"msg":"404 NOT_FOUND","success":false}', "not_available"),
    ],
)
def test_an_error_is_known_by_its_words_when_it_has_no_code(said, word):
    with pytest.raises(Refusal) as why:
        parsed(glm_error, said)
    assert why.value.word == word
