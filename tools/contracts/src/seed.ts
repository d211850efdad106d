import fc from 'fast-check';

// Property tests try the same values on every run; SEED=NUMBER tries others.
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 1) });
