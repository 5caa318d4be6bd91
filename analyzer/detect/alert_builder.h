// Turns what the detector found into an Alert that can be understood without the queue.
//
// Pure; used by detector.cpp.
//
//   Alert alert = build_alert(thread, *thread.pending, batch.header.host, origin, segment);
#pragma once

#include <string>
#include <string_view>

#include "analyzer/detect/score_series.h"
#include "analyzer/detect/thread_table.h"
#include "analyzer/notify/alert.h"
#include "proto/syscall_batch.h"

namespace da {

[[nodiscard]] Alert build_alert(const Thread& thread, const PendingAlert& pending, std::string_view host,
                                const Origin& origin, const Segment& segment);

/// Of a habit: `record` did it, and is the newest call of the ring if sequences count it.
[[nodiscard]] Alert build_alert(const Thread& thread, const HabitFinding& finding,
                                const SyscallRecord& record, std::uint64_t record_number,
                                std::string_view host, const Origin& origin, const Segment& segment);

/// How high its program scored before, if it was raised by such a score, which is noted in the series.
void note_scores(Alert& alert, ScoreSeries& scores);

/// "image shop:1.4 has 3 known programs: /bin/a, /bin/b, /bin/c"
[[nodiscard]] std::string known_programs(const Image& image);

}  // namespace da
