Feature: Clean data
  Whatever goes wrong while a window is read stays visible, and nothing is edited.

  Scenario: A fall of the meter without a reset is told by the preview
    Given Claude shows 50% used at 09:00, for window W0-CL-01
    And Claude shows 20% used at 11:00, for window W0-CL-01
    And I ran
      """
      tracker complete --window W0-CL-01 --claude-features 3 --quality 1.0 --outcome pass --methodology stock_anthropic
      """
    When I run
      """
      tracker preview
      """
    Then it prints "Anomalies: 1"
    And the window row of W0-CL-01 has capacity_pp null
    And the window row of W0-CL-01 has errors ["negative-delta"]

  Scenario: A second before is refused until the first is taken back
    Given Claude shows 9% used at 09:00, for window W0-CL-01
    When I run
      """
      printf 'Current session: 10%% used · resets Jan 5, 1pm (UTC)\n' |
        tracker ingest claude --window W0-CL-01 --phase before --at 2026-01-05T09:10:00Z
      """
    Then it ends with status 75
    And it says "has its before already"
    When I run
      """
      tracker alias delete claude --window W0-CL-01 &&
        printf 'Current session: 10%% used · resets Jan 5, 1pm (UTC)\n' |
        tracker ingest claude --window W0-CL-01 --phase before --at 2026-01-05T09:10:00Z
      """
    Then it ends with status 0
    And the ledger has 1 snapshot rows
    And no line of the ledger was ever rewritten

  Scenario: An after within five minutes of a reset is refused, and forced with an anomaly
    Given Claude shows 50% used at 09:00, for window W0-CL-01
    When Claude shows 1% used with a reset at 6pm, at 13:03, for window W0-CL-01
    Then it ends with status 75
    When I run
      """
      printf 'Current session: 1%% used · resets Jan 5, 6pm (UTC)\n' |
        tracker ingest claude --window W0-CL-01 --force --at 2026-01-05T13:03:00Z
      """
    Then it ends with status 0
    And every anomaly row has anomaly late-after

  Scenario: A finished window is corrected by a new row only
    Given Claude shows 9% used at 09:00, for window W0-CL-01
    And Claude shows 29% used at 11:00, for window W0-CL-01
    And I ran
      """
      tracker complete --window W0-CL-01 --claude-features 3 --methodology week0
      """
    When I run
      """
      tracker complete --window W0-CL-01 --claude-features 4 --methodology week0
      """
    Then it ends with status 75
    When I run
      """
      tracker complete --window W0-CL-01 --claude-features 4 --supersede
      """
    Then it ends with status 0
    And the window row of W0-CL-01 has features 4.0
    And no line of the ledger was ever rewritten

  Scenario: Of several Codex cards the last counts, and that is flagged
    When I run
      """
      card() {
        echo '╭──────────────────────────────────────────────────────────────────────────╮'
        echo '│  >_ OpenAI Codex (v0.98.0)                                               │'
        echo "│  5h limit:         [████████████████░░░░] $1% left (resets 13:00)        │"
        echo '│  Weekly limit:     [██████████████████░░] 90% left (resets 09:00 on 8 Jan)│'
        echo '╰──────────────────────────────────────────────────────────────────────────╯'
      }
      (card 80; card 64) | tracker ingest codex --window W0-CX-01 --at 2026-01-05T09:00:00Z
      """
    Then it ends with status 0
    And the snapshot row of W0-CX-01 has flags ["multi-pane-trimmed"]
    When I run
      """
      ledger-cat --kind snapshot | grep -o '"used_pct":[0-9.]*' | head -n 1
      """
    Then it prints "36"
