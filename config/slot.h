#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

// One value of a setting: text to value and back.
namespace laterbase::config {

// What is wrong with a value and how to write it, as the rest of a sentence that begins with the setting's name.
using Complaint = std::optional<std::string>;

// Sets what the slot points at. On a complaint it is left as it was. Lists are separated by commas. Arrays of tables
// ([[tokens]], [[peers]]) are not read here: toml_reader.h.
Complaint read_text(const Slot& slot, std::string_view text);
Complaint read_list(const Slot& slot, const std::vector<std::string>& items);

// As TOML. Arrays of tables: their number.
std::string print_value(const Slot& slot);
// As TOML: quoted, with escapes.
std::string quote(std::string_view text);

// How to write a value: "a size such as 64MiB, …".
std::string allowed(const Slot& slot);

bool is_list(const Slot& slot);    // strings or roles
bool is_tables(const Slot& slot);  // tokens or peers
bool is_text(const Slot& slot);    // free text

// What a slot points at.
template <typename T>
T& target(T* pointer) {
  return *pointer;
}
inline std::uint64_t& target(const Size& size) { return *size.value; }
inline std::int64_t& target(const Duration& duration) { return *duration.value; }
inline std::uint64_t& target(const Count& count) { return *count.value; }

}  // namespace laterbase::config
