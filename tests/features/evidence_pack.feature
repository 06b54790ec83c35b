Feature: Evidence for every window
  A window comes with its audit as text and as JSON, a card, a preview and evidence rows.

  Background:
    Given Claude shows 9% used at 09:00, for window W0-CL-01
    And Claude shows 29% used at 11:00, for window W0-CL-01
    And I ran
      """
      git init -q app && cd app && git config user.name A && git config user.email a@example.org
      echo one > a.txt && git add a.txt && git commit -qm one
      printf 'two\nthree\n' >> a.txt && git commit -qam two && cd ..
      tracker complete --window W0-CL-01 --claude-features 3 --quality 1.0 --outcome pass \
        --methodology stock_anthropic --commit-start $(git -C app rev-parse HEAD~1) --commit-end $(git -C app rev-parse HEAD)
      """

  Scenario: The audit names what is missing until it is there
    When I run
      """
      tracker window-audit --window W0-CL-01
      """
    Then it ends with status 1
    And it prints "missing     churn, evidence"
    When I run
      """
      ledger-cat --kind window | churn --repo app | ledger-append
      $ROOT/scripts/tools/append_evidence.sh --window W0-CL-01 pytest -- true
      $ROOT/scripts/tools/append_evidence.sh --window W0-CL-01 manual-qa pass "export opens"
      tracker window-audit --window W0-CL-01 --format json
      """
    Then it ends with status 0
    And it prints JSON whose complete is "9/9"
    And the ledger has 2 evidence rows

  Scenario: The checkpoint writes the ledgers that people read
    When I run
      """
      export LEDGERS_DIR=$HOME/Ledgers SESSION_HANDOFF=$HOME/SESSION_HANDOFF.md
      $ROOT/scripts/automation/ledger_checkpoint.sh final --repo app "first window" && cat SESSION_HANDOFF.md Ledgers/*.csv
      """
    Then it ends with status 0
    And it prints "Churn_Ledger.csv"
    And it prints "W0-CL-01,final,claude,stock_anthropic"
    And the ledger has 1 churn rows

  Scenario: Card and preview are there for one window
    When I run
      """
      tracker preview --window W0-CL-01
      """
    Then it prints "stock_anthropic"
    When I run
      """
      tracker decision-card --window W0-CL-01
      """
    Then it prints "W0-CL-01"
    And it prints "INSUFFICIENT"

  Scenario: A capability is reserved once
    Given I ran
      """
      tracker reserve-feature --map $ROOT/tests/fixtures/capabilities.csv --capability export-csv --window W0-CL-02
      """
    When I run
      """
      tracker reserve-feature --map $ROOT/tests/fixtures/capabilities.csv --capability export-csv
      """
    Then it ends with status 75
    And it says "export-csv is taken by F-0001 in W0-CL-02"
