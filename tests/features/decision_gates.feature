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
