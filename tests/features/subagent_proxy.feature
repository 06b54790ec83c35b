Feature: The subagent's proxy is measured
  Whatever writes the ten fields of the telemetry contract is summed, shown and priced.

  Scenario: Events with exactly the contract's fields are shown by the preview
    Given 16 events of the contract by glm and 9 by haiku
    And Claude shows 9% used at 09:00, for window W0-CHN
    And Claude shows 12% used at 11:00, for window W0-CHN
    When I run
      """
      tracker ingest proxy-telemetry --window W0-CHN --stdin < events.jsonl
      """
    Then it ends with status 0
    And the proxy_telemetry row of W0-CHN has total_prompts 25
    When I run
      """
      tracker preview
      """
    Then it prints "Subagent Proxy"
    And it prints "routed_to_glm=64.0%"
    And it prints "p95"

  Scenario: The same requests in two windows are not counted twice
    Given 4 events of the contract by glm and 2 by haiku
    And Claude shows 9% used at 09:00, for window W0-CHN-1
    And Claude shows 12% used at 11:00, for window W0-CHN-1
    And Claude shows 13% used at 11:10, for window W0-CHN-2
    And Claude shows 14% used at 12:00, for window W0-CHN-2
    When I run
      """
      tracker ingest proxy-telemetry --window W0-CHN-1 --stdin < events.jsonl
      """
    Then the proxy_telemetry row of W0-CHN-1 has total_prompts 6
    When I run
      """
      tracker ingest proxy-telemetry --window W0-CHN-2 --stdin < events.jsonl
      """
    Then it ends with status 66

  Scenario: The comparison prints what each feature cost and would have cost
    Given a router log with 8 Haiku requests on zai and 3 Sonnet requests on anthropic
    And Claude shows 9% used at 09:00, for window W0-MITM-01
    And Claude shows 12% used at 11:00, for window W0-MITM-01
    And I ran
      """
      tracker complete --window W0-MITM-01 --claude-features 1 --methodology mitm_offload --feature-id F-0001
      """
    When I run
      """
      USAGE_LOG=$HOME/usage.jsonl $ROOT/scripts/tools/proxy_cost_compare.py --min 3
      """
    Then it prints "F-0001"
    And it prints "USD"
