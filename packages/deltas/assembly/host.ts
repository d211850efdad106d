/** What the host does for this module. */

/** Takes the next record of the stream: bytes to add to old ones, bytes to insert, and the jump in the old file. */
export declare function record(add: i32, copy: i32, seek: i32): void;

/** Makes the memory of the index accessible. Called once at most, when the first search is due. */
export declare function reserve(): void;
