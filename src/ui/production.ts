/** Imported before React: its development build is several times slower and writes warnings to the terminal. */
process.env.NODE_ENV ??= 'production';
