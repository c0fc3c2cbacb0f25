#pragma once
// Result<T> is a value or an Error. Anything that can fail for a reason outside this program
// returns one. A broken promise inside the program (a bug) is an assert, never an Error.

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace railhook {

// What the caller can do about it, not where it came from.
enum class ErrorCode {
  kInvalid,  // bad input: refuse it, retrying cannot help
  kNotFound,
  kConflict,      // somebody else wrote first: read again, then retry
  kGone,          // resourceVersion too old: list again
  kUnauthorized,  // token refused or RBAC missing
  kUnavailable,   // network, timeout, 5xx: retry with backoff
};

struct Error {
  ErrorCode code;
  std::string message;  // for a person: names the thing that failed
};

template <typename T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  // Moves the value out; there must be one.
  T Take() && {
    if constexpr (!std::is_void_v<T>) return std::move(**this);
  }
};

inline tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// The same error with the caller's own context in front: "reading tls.key: no such file".
inline tl::unexpected<Error> Fail(std::string_view doing, Error cause) {
  cause.message = std::string(doing) + ": " + cause.message;
  return tl::unexpected<Error>(std::move(cause));
}

// TRY(expr): the value of expr, or return its Error from the enclosing function.
// (Statement expression: gcc and clang.)
#define TRY(expr)                                                    \
  __extension__({                                                    \
    auto result_ = (expr);                                           \
    if (!result_) return tl::unexpected(std::move(result_).error()); \
    std::move(result_).Take();                                       \
  })

}  // namespace railhook
