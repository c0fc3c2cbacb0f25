#pragma once
// How the programs ask for memory.

namespace railhook {

// By default each thread allocates from an arena of its own, up to eight for a core, and each keeps
// what it once needed. After this there is one, and what is large goes back to the system when it
// is freed. Call it first, before there are threads.
void KeepMemoryLow();

}  // namespace railhook
