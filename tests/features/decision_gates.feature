Feature: When to stop, and when to buy
  Stop rules hold before the next reading; expansion asks for precision, pressure and proof.

  Scenario: More than one fall in three windows stops the arm
    Given a fall of the meter in window W0-CL-01 at 09
    And a fall of the meter in window W0-CL-02 at 10
    When Claude shows 5% used at 12:00, for window W0-CL-03
    Then it ends with status 75
    And it says "negative-delta in 2 of the last 2 claude windows"

  Scenario: The gates of expansion stand on the card and decide nothing
    When I run
      """
      $ROOT/scripts/tools/decision_card.py --data-dir $ROOT/data/samples/week0 --window WEEK0
      """
    Then it prints "G1"
    And it prints "G2"
    And it prints "G3"
    And it prints "not part of the verdict"

  Scenario: A verdict of one window is refused
    Given 1 windows of stock_anthropic
    When I run
      """
      tracker decision-card
      """
    Then it ends with status 66
    And it prints "INSUFFICIENT"

  Scenario: An anomaly that is understood is acknowledged by a new row, with a reason
    Given Claude shows 50% used at 09:00, for window W0-CL-01
    And Claude shows 20% used at 11:00, for window W0-CL-01
    And I ran
      """
      tracker complete --window W0-CL-01 --claude-features 3 --methodology stock_anthropic
      """
    When I run
      """
      ledger-cat | acknowledge --window W0-CL-01 --reason "the client had signed out" | ledger-append
      """
    Then it ends with status 0
    When I run
      """
      tracker window-audit --window W0-CL-01
      """
    Then it prints "the client had signed out"
    And no line of the ledger was ever rewritten

  Scenario: Two specs that only capacity blocks are the pressure that expansion asks for
    Given 1 windows of stock_anthropic
    And I ran
      """
      for name in export-csv import-csv; do
        tracker reserve-feature --map $ROOT/docs/System/capability_map/example/capabilities.csv --capability $name --ready --blocked-by capacity
      done
      """
    When I run
      """
      tracker decision-card
      """
    Then it prints "G2 holds: 2 ready specs blocked by capacity only"

  Scenario: A panel's vote stands on the card and decides nothing
    Given 1 windows of stock_anthropic
    And I ran
      """
      tracker append-evidence --vote GO --by ana --detail "bounds are far from the margins"
      """
    When I run
      """
      tracker decision-card
      """
    Then it prints "INSUFFICIENT"
    And it prints "ana"

  Scenario: A session's tokens are counted against what the plan allows
    Given a router log with 16 Haiku requests on zai and 9 Sonnet requests on anthropic
    And Claude shows 9% used at 09:00, for window W0-MITM-01
    And Claude shows 12% used at 11:00, for window W0-MITM-01
    And I ran
      """
      < usage.jsonl tracker ingest proxy-telemetry --window W0-MITM-01 --stdin
      tracker complete --window W0-MITM-01 --claude-features 3 --methodology mitm_offload
      """
    When I run
      """
      tracker preview --full
      """
    Then it prints "200,000"
