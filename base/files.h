#pragma once
// Whole files as text.

#include <filesystem>
#include <string>

#include "base/result.h"

namespace railhook {

// kNotFound where there is no such file, kUnavailable where it can't be read; the message names it.
Result<std::string> ReadFile(const std::filesystem::path& path);

// All of standard input.
Result<std::string> ReadStandardInput();

}  // namespace railhook
