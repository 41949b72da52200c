import type { Story } from "./alarm-story.ts";
import { ensonoQueueAndSides, waitingAndHeartbeats } from "./stories-of-queues.ts";
import { filesAndCallers, heldAndOwed } from "./stories-of-tickets.ts";

/** Of every alarm over metrics of the bridge's own, what happens to the bridge when it fires and when it clears. */
export const stories: readonly Story[] = [
  ...waitingAndHeartbeats,
  ...ensonoQueueAndSides,
  ...heldAndOwed,
  ...filesAndCallers,
];
