/** Counts what holds, and says what does not. */
export class Checks {
  held = 0;
  failed = 0;

  /** @param {string} what @param {boolean} holds @param {string} [detail] */
  check(what, holds, detail = '') {
    if (holds) this.held++;
    else this.failed++;
    console.log(`${holds ? '  ok  ' : '  NOT '} ${what}${holds || detail === '' ? '' : `: ${detail}`}`);
  }

  /** @param {string} what @param {string} found @param {string} expected */
  equal(what, found, expected) {
    this.check(what, found === expected, `found "${found}", expected "${expected}"`);
  }

  /** What CI reads. */
  summary() {
    return this.failed === 0
      ? `${this.held} assertions held`
      : `${this.held} assertions held; ${this.failed} runs are not as expected`;
  }
}
