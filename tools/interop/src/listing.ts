import { listXattrs } from './xattrs.js';
import { sh } from './run.js';

/** What a listing shows beside names, modes, owners, types, link targets and contents. */
export interface ListingOptions {
  /** Modification times (default: no). */
  readonly times?: boolean;
  /** Whether a file has other names (default: no). */
  readonly links?: boolean;
}

const FORMAT = '%P %m %U %G';

const splitOnce = (line: string): readonly string[] => {
  const at = line.indexOf(' ');
  return [line.slice(0, at), line.slice(at + 1)];
};

/** Everything in a directory tree as lines of text, so that two trees can be compared and a difference be read. */
export function listing(root: string, options: ListingOptions = {}): readonly string[] {
  const times = options.times === true ? ' %Ts' : '';
  // The size of a directory is the file system's affair, and so is its number of links.
  const directories = ['-type', 'd', '-printf', `1 ${FORMAT} %y${times}\\0`];
  const others = ['-printf', `%n ${FORMAT} %s %l %y${times}\\0`];
  const entries = sh(['find', '.', ...directories, '-o', ...others], { cwd: root })
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [count = '', entry = ''] = splitOnce(line);
      return options.links === true && count !== '1' ? `${entry} linked` : entry;
    });
  const sums = sh(['sh', '-c', 'find . -type f -print0 | xargs -0 -r sha256sum --zero'], { cwd: root }).split('\0');
  return [...entries.sort(), ...sums.filter((line) => line !== '').sort(), ...listXattrs(root)];
}
