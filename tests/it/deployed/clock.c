/* Moves two clocks of a process six minutes ahead, from the moment at which the file CLOCK_FILE
   exists. These are the clocks that measure the age of a value. The clock that signs requests stays
   right. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time)
{
    const char *file = getenv("CLOCK_FILE");
    long result = syscall(SYS_clock_gettime, clock, time);

    if (result == 0 && (clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC)
        && file != NULL && access(file, F_OK) == 0) {
        time->tv_sec += 6 * 60;
    }
    return (int)result;
}
