// The settings of jemalloc, which skerryd is linked with (docs/performance.md says why). It reads
// them at the first allocation, before main; the variable MALLOC_CONF still wins.

extern "C" {
// Freed pages go back to the system after 0.2 seconds, by a thread of jemalloc's, so that memory
// follows the load; no more arenas than the few threads that allocate can keep apart.
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:200,muzzy_decay_ms:0,narenas:4";
}
