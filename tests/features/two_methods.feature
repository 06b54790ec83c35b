Feature: Two methods compared
  Plain Anthropic against offloading: efficiency with its interval, headroom, notes, and a card that owns up.

  Scenario: Below three windows there is no interval, from three on there is
    Given 2 windows of stock_anthropic
    When I run
      """
      tracker preview
      """
    Then it prints "ci=n/a"
    Given 3 windows of stock_anthropic
    And 3 windows of mitm_offload
    When I run
      """
      tracker preview --format json
      """
    Then it prints JSON in which every arm has an interval

  Scenario: The card of a finished experiment says completeness and anomalies
    When I run
      """
      $ROOT/scripts/tools/decision_card.py --data-dir $ROOT/data/samples/week0 --window WEEK0
      """
    Then it ends with status 0
    And it prints "completeness"
    And it prints "open anomalies in the judged windows: 0"

  Scenario: The last ten points of the week stay, unless the limit itself is probed
    When I run
      """
      printf 'Current session: 5%% used · resets Jan 5, 1pm (UTC)\nCurrent week (all models): 92%% used · resets Jan 8, 9am (UTC)\n' > pane
      tracker ingest claude --window W0-CL-01 --at 2026-01-05T09:00:00Z < pane
      """
    Then it ends with status 75
    And it says "--probe"
    When I run
      """
      tracker ingest claude --window W0-CL-01 --at 2026-01-05T09:00:00Z --probe --notes limit-reach < pane
      """
    Then it ends with status 0
    And the snapshot row of W0-CL-01 has a note limit-reach

  Scenario: Ids that differ in zero padding are pointed out
    Given Claude shows 9% used at 09:00, for window W0-CL-1
    And Claude shows 29% used at 11:00, for window W0-CL-1
    And I ran
      """
      tracker complete --window W0-CL-1 --claude-features 1 --methodology stock_anthropic
      """
    And Claude shows 40% used at 11:30, for window W0-CL-01
    When I run
      """
      tracker window-audit --window W0-CL-1
      """
    Then it prints "W0-CL-01"

  Scenario: BwK is replayed against greedy, and its word is an interval's
    When I run
      """
      $ROOT/scripts/tools/router_replay.py --data-dir $ROOT/data/samples/week0 --strategy bwk --baseline greedy --seeds 1000
      """
    Then it ends with one of the statuses 0 1
    And it prints "bwk"
    And it prints "greedy"

  Scenario: An offload window typed without readings is told the one command that supplies them
    Given a router log with 16 Haiku requests on zai and 9 Sonnet requests on anthropic
    And every reply of Anthropic's in that log tells the quota, from 10% to 18%
    And I ran
      """
      mkdir logs && mv usage.jsonl logs && < logs/usage.jsonl tracker ingest proxy-telemetry --window W0-MITM-1 --stdin
      """
    When I run
      """
      tracker complete --window W0-MITM-1 --codex-features 2 --quality 1.0 --outcome pass --methodology mitm_offload
      """
    Then it ends with status 66
    And it says "capture-wire --window W0-MITM-1 --since "
    When I run
      """
      < logs/usage.jsonl capture-wire --window W0-MITM-1 | ledger-append --buffer-seconds 0
      tracker complete --window W0-MITM-1 --codex-features 2 --quality 1.0 --outcome pass --methodology mitm_offload
      """
    Then it ends with status 0
    And the window row of W0-MITM-1 has capacity_pp 8.0
