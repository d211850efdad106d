import { type ContextSpec, parseContextSpecs, stemOf } from './context-spec.js';
import { parseSubstitutions, substitute, type Substitution } from './substitutions.js';

/** Texts of a policy's label files; null for one that is absent. */
export interface FileContextsTexts {
  readonly fileContexts: string;
  readonly homedirs: string | null;
  readonly local: string | null;
  readonly subs: string | null;
  readonly subsDist: string | null;
}

/** Which label each path has: the file_contexts files of a policy, matched as libselinux matches them. */
export class FileContexts {
  /** Plain paths first, then expressions; later lines before earlier ones. */
  readonly #specs: readonly ContextSpec[];
  /** The specs that can match below one directory of the root, made when first asked for. */
  readonly #byStem = new Map<string, readonly ContextSpec[]>();
  readonly #stems: ReadonlySet<string>;
  readonly #subs: readonly Substitution[];
  readonly #subsDist: readonly Substitution[];

  /** @throws OstError `config` for a line that libselinux refuses */
  constructor(texts: FileContextsTexts) {
    const specs = [
      ...parseContextSpecs(texts.fileContexts, 'file_contexts'),
      ...parseContextSpecs(texts.homedirs ?? '', 'file_contexts.homedirs'),
      ...parseContextSpecs(texts.local ?? '', 'file_contexts.local'),
    ].reverse();
    this.#specs = [...specs.filter((spec) => spec.exact), ...specs.filter((spec) => !spec.exact)];
    this.#stems = new Set(specs.map((spec) => spec.stem));
    this.#subs = parseSubstitutions(texts.subs ?? '');
    this.#subsDist = parseSubstitutions(texts.subsDist ?? '');
  }

  /**
   * The context of a path, or null when it has none.
   * @param path absolute
   * @param mode type bits of the file; 0 stands for any type
   */
  lookup(path: string, mode: number): string | null {
    // Expressions are over bytes.
    let key = Buffer.from(path, 'utf8').toString('latin1').replace(/\/+/g, '/');
    if (key.length > 1 && key.endsWith('/')) key = key.slice(0, -1);
    key = substitute(key, this.#subs) ?? key;
    key = substitute(key, this.#subsDist) ?? key;
    return this.#candidates(key).find((spec) => spec.matches(key, mode))?.context ?? null;
  }

  #candidates(key: string): readonly ContextSpec[] {
    const stem = stemOf(key);
    const known = this.#stems.has(stem) ? stem : '';
    let candidates = this.#byStem.get(known);
    if (candidates === undefined) {
      candidates = this.#specs.filter((spec) => spec.stem === '' || spec.stem === known);
      this.#byStem.set(known, candidates);
    }
    return candidates;
  }
}
