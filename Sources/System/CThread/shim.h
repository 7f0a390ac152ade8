#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's number of the calling thread. */
static inline int thread_number(void) { return (int)syscall(SYS_gettid); }

/* On Linux a niceness belongs to a thread; 0 where it was set. */
static inline int set_niceness(int thread, int niceness) { return setpriority(PRIO_PROCESS, (id_t)thread, niceness); }

/* The niceness of the calling thread. */
static inline int own_niceness(void) { return getpriority(PRIO_PROCESS, 0); }
