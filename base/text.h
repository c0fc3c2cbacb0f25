#pragma once
// Words, lists and names as people write and read them.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace railhook {

// `text` without the blanks around it.
std::string_view Trim(std::string_view text);

// The parts of a comma-separated list: trimmed, empty ones and repeats dropped, in their first
// order.
std::vector<std::string> SplitList(std::string_view text);

// `parts` with `separator` between them.
std::string Join(const std::vector<std::string>& parts, std::string_view separator);

// `text`, or `otherwise` where it is empty.
std::string Or(std::string_view text, std::string_view otherwise);

// `text` in double quotes.
std::string Quoted(std::string_view text);

// The step of a JSON pointer (RFC 6901) to a member or item: "a/b" is "/a~1b".
std::string PointerStep(std::string_view name);

// "1 rail", "8 rails".
std::string Count(std::size_t n, std::string_view noun);

// Negative, 0 or positive as `a` comes before, with or after `b`, where runs of digits compare as
// numbers ("gpu2" before "gpu10") and all else as bytes. 0 only for equal texts.
int CompareNatural(std::string_view a, std::string_view b);

// Those of `known` that somebody who wrote `word` may have meant, the likeliest first, at most
// `most`.
std::vector<std::string> Nearest(std::string_view word, const std::vector<std::string>& known,
                                 std::size_t most);

// ` (did you mean "x"?)`, or nothing where no known word is near.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

// `text` on one line of at most `most` bytes; what is cut off becomes "...", never in the middle of
// a UTF-8 character.
std::string OneLine(std::string_view text, std::size_t most);

}  // namespace railhook
