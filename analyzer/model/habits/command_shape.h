// What is executed with which shape of arguments: options are kept, values are told by their class.
//
//   shape_of_command("/usr/bin/pg_dump", argv("pg_dump -Fc --host=10.0.0.3 shop"))
//       // {"pg_dump", "-Fc", "--host=address", "word"}
//   shape_of_command("/bin/sh", argv("sh -c 'convert a.png | tee b'"))   // {"sh", "-c", "convert | tee"}
//
// Classes: number, url, address, text (with blanks), word; of a path, where it begins ("/var/www"). Equal
// neighbours are one, so that it does not matter how many files a command is given. Of a shell's command the
// programs are kept that it names.
#pragma once

#include <string_view>

#include "analyzer/model/habits/trail.h"

namespace da {

/// `arguments`: separated by NUL, as captured; hostile. `truncated`: there were more, or longer ones.
void shape_of_command(std::string_view executable, std::string_view arguments, bool truncated,
                      Trail& trail) noexcept;

}  // namespace da
