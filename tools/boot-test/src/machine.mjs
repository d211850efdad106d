/** A virtual machine, and the shell on its second serial port. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {{ status: number, output: string }} CommandResult */

export class Machine {
  #input = '';
  #exited = false;

  /**
   * @param {string} disk a raw image, which is changed
   * @param {string} console file that the first serial port is written to
   */
  constructor(disk, console) {
    const args = '-accel tcg -cpu max -m 768 -display none -monitor none -nic none -no-reboot -vga none'.split(' ');
    args.push('-serial', `file:${console}`, '-serial', 'stdio');
    args.push('-drive', `file=${disk},format=raw,if=virtio,cache=writeback`);
    this.qemu = spawn('qemu-system-x86_64', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.console = console;
    this.qemu.stdout.setEncoding('latin1').on('data', (text) => {
      this.#input += text;
    });
    /** @type {Promise<void>} */
    this.exited = new Promise((resolve) => {
      this.qemu.once('close', () => {
        this.#exited = true;
        resolve();
      });
    });
  }

  /**
   * Waits for a line.
   *
   * @param {RegExp} pattern
   * @param {number} seconds
   * @returns {Promise<{ before: string, match: RegExpExecArray }>}
   */
  async #until(pattern, seconds) {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const match = pattern.exec(this.#input);
      if (match !== null) {
        const before = this.#input.slice(0, match.index);
        this.#input = this.#input.slice(match.index + match[0].length);
        return { before, match };
      }
      const rest = deadline - Date.now();
      if (this.#exited) throw new Error(`the machine went off while ${pattern} was awaited; see ${this.console}`);
      if (rest <= 0)
        throw new Error(`no ${pattern} within ${seconds} s; see ${this.console}\n${this.#input.slice(-2000)}`);
      await sleep(20);
    }
  }

  /** Waits until the system is up. */
  async ready() {
    await this.#until(/@ready\n/, 300);
  }

  /**
   * Types a line without waiting for its end.
   *
   * @param {string} line
   */
  type(line) {
    this.qemu.stdin.write(`${line}\n`);
  }

  /**
   * @param {string} line of shell
   * @param {number} [seconds]
   * @returns {Promise<CommandResult>}
   */
  async run(line, seconds = 120) {
    this.type(line);
    const { before, match } = await this.#until(/@done (\d+)\n/, seconds);
    return { status: Number(match[1]), output: before.trim() };
  }

  /**
   * The output of a command that must succeed.
   *
   * @param {string} line
   * @param {number} [seconds]
   */
  async ask(line, seconds) {
    const { status, output } = await this.run(line, seconds);
    if (status !== 0) throw new Error(`${line}: exit ${status}\n${output}`);
    return output;
  }

  /**
   * Waits until a text has come, which stays there for {@link run}; or the machine is off.
   *
   * @param {string} text
   */
  async seen(text) {
    while (!this.#exited && !this.#input.includes(text)) await sleep(20);
  }

  /** Shuts the system down in good order; `-no-reboot` makes a restart an end too. */
  async shutDown() {
    this.type('systemctl --no-block reboot');
    await this.end(120);
  }

  /** Takes the power away. */
  async cut() {
    this.qemu.kill('SIGKILL');
    await this.exited;
  }

  /** @param {number} seconds */
  async end(seconds) {
    const timer = setTimeout(() => this.qemu.kill('SIGKILL'), seconds * 1000);
    await this.exited;
    clearTimeout(timer);
    if (this.qemu.signalCode !== null)
      throw new Error(`the machine did not go off within ${seconds} s; see ${this.console}`);
  }
}

/**
 * Runs `body` with a machine that is off afterwards, whatever happens.
 *
 * @template T
 * @param {string} disk @param {string} console @param {(machine: Machine) => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withMachine(disk, console, body) {
  const machine = new Machine(disk, console);
  try {
    return await body(machine);
  } finally {
    await machine.cut();
  }
}
