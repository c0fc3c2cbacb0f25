#pragma once
// Standard base64 with padding (RFC 4648, section 4).

#include <string>
#include <string_view>

#include "base/result.h"

namespace railhook {

std::string EncodeBase64(std::string_view bytes);

// White space around the text is fine; anything else that isn't base64 is kInvalid.
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace railhook
