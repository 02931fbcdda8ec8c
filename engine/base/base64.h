#pragma once

#include <string>
#include <string_view>

// RFC 4648, section 4: with padding, no line breaks.
namespace laterbase {

void append_base64(std::string& out, std::string_view bytes);
// Appends the bytes; false, and nothing appended, where `text` is not base64.
bool append_base64_decoded(std::string& out, std::string_view text);

}  // namespace laterbase
