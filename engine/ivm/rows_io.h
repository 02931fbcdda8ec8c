#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/bytes.h"
#include "engine/ivm/row.h"

// Rows and numbers in an operator's saved state.
namespace laterbase::ivm {

template <typename Number>
void put(std::string& to, const Number& number) {
  static_assert(std::has_unique_object_representations_v<Number>, "its padding would be saved with it");
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <typename Number>
Number take(std::string_view& from) noexcept {
  Number number;
  std::memcpy(&number, from.data(), sizeof number);
  from.remove_prefix(sizeof number);
  return number;
}

inline void put_row(std::string& to, RowView row) { to += row.view(); }

// A copy in memory that is aligned for rows. Lifetime: until the next take().
class RowReader {
 public:
  RowView take(std::string_view& from) {
    RowHeader header;
    std::memcpy(&header, from.data(), sizeof header);
    words_.resize(header.bytes / sizeof(std::uint64_t));
    std::memcpy(words_.data(), from.data(), header.bytes);
    from.remove_prefix(header.bytes);
    return RowView{reinterpret_cast<const char*>(words_.data())};
  }

 private:
  std::vector<std::uint64_t> words_;
};

// What is behind its length: of anything with save and load.
template <typename Part>
void put_part(std::string& to, const Part& part) {
  const std::size_t at = to.size();
  put(to, std::uint64_t{0});
  part.save(to);
  store_le(to.data() + at, std::uint64_t{to.size() - at - sizeof(std::uint64_t)});
}

template <typename Part>
void take_part(std::string_view& from, Part& part) {
  const auto size = take<std::uint64_t>(from);
  part.load(from.substr(0, size));
  from.remove_prefix(size);
}

}  // namespace laterbase::ivm
