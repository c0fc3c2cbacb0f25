#pragma once
// How the programs ask for memory, and give it back.

namespace railhook {

// By default each thread allocates from an arena of its own, up to eight for a core, and each keeps
// what it once needed. After this there is one, and what is large goes back to the system when it
// is freed. Call it first, before there are threads.
void KeepMemoryLow();

// For a program that sleeps most of the time: what is free goes back to the system, and code and
// constants, most of which only its start needs, leave its resident memory. They stay in the
// system's cache of files as long as there is room, and what is used again comes back from there
// by itself, except for a debugger's breakpoints. From any thread, at any time.
void GiveMemoryBack();

}  // namespace railhook
