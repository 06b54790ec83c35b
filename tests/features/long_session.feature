Feature: The long session holds
  Soak, burst, parallel jobs and whole streams against the lab, each with a verdict, metrics and lines to show.

  Scenario: A soak, by minutes
    When I run
      """
      LAB=1 RESULTS_DIR=$HOME/results $ROOT/scripts/soak.sh 0.1
      """
    Then it ends with status 0
    And it prints "streams broken: 0"
    And it prints "sockets left: 0"

  Scenario: A burst, whose metrics are split as the plan asks
    When I run
      """
      LAB=1 RESULTS_DIR=$HOME/results $ROOT/scripts/burst.sh 6 >&2 &&
      summarize --save $HOME/results $HOME/results/runs/*/usage.jsonl > /dev/null && cat results/METRICS.json results/TESTS.md
      """
    Then it ends with status 0
    And it prints "p95"
    And it prints "header_mode"
    And it prints "err_type"
    And it prints "h2"
    And it prints "burst"

  Scenario: Four Haiku jobs at a time
    When I run
      """
      LAB=1 RESULTS_DIR=$HOME/results $ROOT/scripts/parallel-subagents.sh 4
      """
    Then it ends with status 0
    And it prints "replies without a row: 0"

  Scenario: A medium stream on each lane comes whole
    When I run
      """
      LAB=1 RESULTS_DIR=$HOME/results $ROOT/scripts/verify-sse.sh
      """
    Then it ends with status 0
    And it prints "streams broken: 0"
