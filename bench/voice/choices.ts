/** What the command line of the benchmark chooses. */
export interface Choices {
  /** Ten minutes for the delay. */
  readonly long: boolean;
  /** Length of each call, instead of each part's own. */
  readonly seconds?: number;
  /** Loss rates, percent, instead of all. */
  readonly losses?: readonly number[];
}
