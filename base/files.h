#pragma once
// Whole files as text.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

// kNotFound where there is no such file, kUnavailable where it can't be read; the message names it.
Result<std::string> ReadFile(const std::filesystem::path& path);

// All of standard input.
Result<std::string> ReadStandardInput();

// A reader sees the old file or the new one, never a part of it, even after a power cut: the new
// one is on disk when this returns. kUnavailable names the file and says why it can't be written.
Result<> ReplaceFile(const std::filesystem::path& path, std::string_view text, mode_t mode);

}  // namespace railhook
