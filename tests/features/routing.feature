@lab
Feature: Where each request goes
  Haiku to Z.AI, everything else to Anthropic, proven line by line; and how to keep Haiku back.

  Scenario: Haiku goes to Z.AI and Sonnet stays
    Given the router, told to offload
    When I run
      """
      drive-client haiku sonnet haiku:stream sonnet:stream --count 8 > calls.jsonl && sleep 0.5
      verify-routing --expect forced "$USAGE_LOG"
      """
    Then it ends with status 0
    And it prints "4 of 8 decisions went to Z.AI"
    When I run
      """
      grep '"lane":"anthropic"' "$USAGE_LOG" | grep -c 'haiku-4\|"header_mode":"x-api-key"' || true
      grep '"lane":"zai"' "$USAGE_LOG" | grep -c '"header_mode":"x-api-key"'
      """
    Then it prints "0" and then "4"

  Scenario: Pausing keeps Haiku on Anthropic until it is resumed
    Given the router, told to offload
    When I run
      """
      . $ROOT/scripts/cc-aliases.sh
      ccpause && drive-client haiku > /dev/null && sleep 0.5
      ccresume && drive-client haiku > /dev/null && sleep 0.5
      row-values lane < "$USAGE_LOG"
      """
    Then it prints "anthropic" and then "zai"

  Scenario: Without force all stays on Anthropic
    Given the router, told to watch
    When I run
      """
      drive-client haiku sonnet > /dev/null && sleep 0.5; verify-routing "$USAGE_LOG"
      """
    Then it prints "0 of 2 decisions went to Z.AI"

  Scenario: The other header and HTTP/1.1 are one word each
    Given the router, told to offload after "cczai_bearer; cch1"
    When I run
      """
      drive-client haiku > /dev/null && sleep 0.5; row-values lane header_mode h2 < "$USAGE_LOG"
      """
    Then it prints "zai	authorization	false"

  Scenario: The second terminal is plain
    Given the router, told to offload
    When I run
      """
      . $ROOT/scripts/cc-aliases.sh; ccstock; env
      """
    Then it ends with status 0
    And it does not print "HTTPS_PROXY"
    And it does not print "ANTHROPIC"
    And it does not print "NODE_EXTRA_CA_CERTS"

  Scenario: Nobody's key is in what is kept, and no body is sampled
    Given the router, told to offload
    When I run
      """
      drive-client haiku sonnet > /dev/null && sleep 0.5; ls logs; cat logs/*
      """
    Then it does not print "made-up"
    And it does not print "body-samples"

  Scenario: Nothing crosses from one lane to the other
    When I run
      """
      productize-check --router bin | tail -n 1
      """
    Then it ends with status 0
    And it prints "checks hold"
