#pragma once
// What the kernel says when it refuses.

#include <string>

namespace railhook {

// "EIO (Input/output error)": the name for machines and search engines, the text for people.
std::string ErrnoText(int error);

}  // namespace railhook
