Feature: The week that measures three providers
  Six windows of each provider by the plan's own loop, then the roll-up, the replay and the card.

  Scenario: Six windows of each provider, and what the week ends with
    Given six windows each of claude, codex and glm, by the plan's loop
    Then the ledger has 18 window rows
    And every window row has methodology week0
    And every window row has cls 2.0
    And every window row has impf 1.5
    When I run
      """
      tracker preview --data-dir $TRACKER_DATA_DIR
      """
    Then it prints "week0 claude"
    And it prints "week0 codex"
    And it prints "week0 glm"
    When I run
      """
      tracker window-audit --window WEEK0 --json
      """
    Then it ends with one of the statuses 0 1
    When I run
      """
      $ROOT/scripts/tools/router_replay.py --strategy bwk --baseline greedy --seeds 1000
      """
    Then it ends with one of the statuses 0 1 66
    When I run
      """
      $ROOT/scripts/tools/decision_card.py --window WEEK0
      """
    Then it ends with status 66
    And it prints "INSUFFICIENT"

  Scenario: What was churned is not known before fourteen days
    Given Claude shows 9% used at 09:00, for window W0-CL-01
    And Claude shows 29% used at 11:00, for window W0-CL-01
    And I ran
      """
      git init -q app && cd app && git config user.name A && git config user.email a@example.org
      echo one > a.txt && git add a.txt && git commit -qm one
      echo two >> a.txt && git commit -qam two && cd ..
      tracker complete --window W0-CL-01 --claude-features 3 --methodology week0
      tracker churn --window W0-CL-01 --provider claude --methodology week0 --repo app \
        --commit-start $(git -C app rev-parse HEAD~1) --commit-end $(git -C app rev-parse HEAD)
      """
    Then the churn row of W0-CL-01 has churn_14d null
    And the churn row of W0-CL-01 has added_lines 1

  Scenario: A start that is missing is skipped, and said
    Given Claude shows 9% used at 09:00, for window W0-CL-01
    When I run
      """
      git init -q app && git -C app -c user.name=A -c user.email=a@example.org commit -q --allow-empty -m one
      tracker churn --window W0-CL-01 --provider claude --methodology week0 --repo app --commit-start '' --commit-end HEAD
      """
    Then it ends with status 0
    And it says "churn skipped: commit-start missing"
