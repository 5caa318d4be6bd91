/* A list of CPUs on a command line, "0" or "0,1", as an affinity mask. For the C and C++ programs of this
 * benchmark.
 *
 *   cpu_set_t cpus;
 *   if (parse_cpu_list("0,1", &cpus)) sched_setaffinity(0, sizeof cpus, &cpus);
 */
#pragma once

#include <sched.h>
#include <stdlib.h>

/* 0 if the text is no such list. */
static inline int parse_cpu_list(const char* text, cpu_set_t* cpus) {
  CPU_ZERO(cpus);
  for (;;) {
    char* end = NULL;
    const long cpu = strtol(text, &end, 10);
    if (end == text || cpu < 0 || cpu >= CPU_SETSIZE) return 0;
    CPU_SET((size_t)cpu, cpus);
    if (*end == '\0') return 1;
    if (*end != ',') return 0;
    text = end + 1;
  }
}
