Feature: Parallel agents
  Two agents work at the same time on one ledger and never take each other's readings.

  Scenario: Two agents record a before in the same minute
    Given agent main starts window W0-CX-01 of codex at 09:00
    And agent sub1 starts window W0-CL-01 of claude at 09:00
    Then the state folders are main and sub1
    When agent sub1 ends claude at 11:00
    And agent main ends codex at 11:00
    And I ran
      """
      tracker complete --window W0-CX-01 --codex-features 2 --methodology week0
      tracker complete --window W0-CL-01 --claude-features 1 --methodology week0
      """
    Then the window row of W0-CX-01 has capacity_pp 16.0
    And the window row of W0-CL-01 has capacity_pp 7.0
    And no line of the ledger was ever rewritten
    When I run
      """
      tracker preview
      """
    Then it prints "week0 claude"
    And it prints "week0 codex"

  Scenario: Two accounts in two shells
    Given agent garnin starts window W0-CLG-01 of claude at 09:00
    And agent zork starts window W0-CLZ-01 of claude at 09:00
    When agent zork ends claude at 11:00
    And agent garnin ends claude at 11:01
    Then the ledger has 4 snapshot rows
    When I run
      """
      ledger-cat --window W0-CLZ-01 | grep -c '"agent_id":"zork"'
      """
    Then it prints "2"

  Scenario: A data folder of one's own separates hard
    Given agent main starts window W0-CL-01 of claude at 09:00
    When I run
      """
      export TRACKER_DATA_DIR=$HOME/other
      printf 'Current session: 9%% used · resets Jan 5, 1pm (UTC)\n' |
        tracker ingest claude --window W0-CL-01 --phase before --at 2026-01-05T09:00:00Z
      """
    Then it ends with status 0
