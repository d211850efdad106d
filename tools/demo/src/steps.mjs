/** Shows every step as the command that a user would type, runs it and says how long it took. */
import { spawn } from 'node:child_process';

/**
 * @typedef {object} StepOptions
 * @property {boolean} [quiet] show neither the command nor what it prints, but return its standard output
 * @property {boolean} [hideErrors] leave out what a successful command says on standard error
 */

export class StepError extends Error {
  /** @param {string} command @param {string} outcome @param {string} stderr */
  constructor(command, outcome, stderr) {
    super(`failed (${outcome}): $ ${command}\n${stderr.trimEnd()}`.trimEnd());
    this.name = 'StepError';
  }
}

/** @param {string} word */
const quote = (word) => (/^[\w@%+=:,./^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** @param {readonly string[]} words */
export const commandText = (words) => words.map(quote).join(' ');

/** @param {number} from a time of `performance.now()` */
export const elapsed = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;

export class Steps {
  /** @type {Set<import('node:child_process').ChildProcess>} */
  #children = new Set();
  #section = 0;

  /**
   * @param {string} cwd commands run here, so that the paths in them are short
   * @param {string} ost the program that `ost` stands for
   * @param {NodeJS.ProcessEnv} env
   */
  constructor(cwd, ost, env) {
    this.cwd = cwd;
    this.ostPath = ost;
    this.env = env;
  }

  /** @param {string} title */
  section(title) {
    console.log(`\n=== ${++this.#section}. ${title}`);
  }

  /** @param {string} text */
  say(text) {
    console.log(`  # ${text}`);
  }

  /**
   * Does something that is no command.
   *
   * @template T
   * @param {string} text
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async task(text, work) {
    const from = performance.now();
    this.say(text);
    const result = await work();
    console.log(`  [${elapsed(from)}]`);
    return result;
  }

  /** @param {string} what @param {boolean} holds */
  check(what, holds) {
    if (!holds) throw new Error(`not so: ${what}`);
    this.say(`checked: ${what}`);
  }

  /**
   * @param {readonly string[]} args
   * @param {StepOptions} [options]
   * @returns {Promise<string>} standard output, if it is not shown
   */
  ost(args, options) {
    return this.#step(['ost', ...args], [process.execPath, this.ostPath, ...args], options);
  }

  /** @param {readonly string[]} words @param {StepOptions} [options] */
  run(words, options) {
    return this.#step(words, words, options);
  }

  /**
   * Starts a command that runs until it is stopped.
   *
   * @param {readonly string[]} args
   */
  startOst(args) {
    console.log(`\n$ ${commandText(['ost', ...args])} &`);
    return this.#spawn([process.execPath, this.ostPath, ...args], ['ignore', 'inherit', 'pipe']);
  }

  /** Ends whatever still runs; for a way out that cannot wait. */
  killAll() {
    for (const child of this.#children) child.kill('SIGTERM');
  }

  /** @param {readonly string[]} words @param {import('node:child_process').StdioOptions} stdio */
  #spawn(words, stdio) {
    const [program = '', ...args] = words;
    const child = spawn(program, args, { cwd: this.cwd, env: this.env, stdio });
    this.#children.add(child);
    child.on('close', () => this.#children.delete(child));
    return child;
  }

  /** @param {readonly string[]} shown @param {readonly string[]} words @param {StepOptions} [options] */
  #step(shown, words, { quiet = false, hideErrors = false } = {}) {
    const text = commandText(shown);
    const from = performance.now();
    if (!quiet) console.log(`\n$ ${text}`);
    // A command that is shown has the terminal itself, and shows its progress there.
    const child = this.#spawn(words, ['ignore', quiet ? 'pipe' : 'inherit', 'pipe']);
    let output = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve, reject) => {
      child.on('error', (error) => reject(new StepError(text, error.message, '')));
      child.on('close', (code, signal) => {
        if (code !== 0) return reject(new StepError(text, signal ?? `exit ${code}`, stderr));
        if (!quiet && !hideErrors && stderr !== '') process.stdout.write(stderr);
        if (!quiet) console.log(`  [${elapsed(from)}]`);
        resolve(output);
      });
    });
  }
}
