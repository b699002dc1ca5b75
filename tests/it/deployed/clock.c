/* Moves two clocks of a process six minutes ahead, as soon as the file exists whose path is in the
   variable CLOCK_FILE. The age of a value is measured with these two clocks. The clock whose time
   is in the signatures of requests stays right. */
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
