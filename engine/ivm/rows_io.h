#pragma once

#include <string>
#include <string_view>

#include "engine/ivm/row.h"

// Rows and numbers in an operator's saved state.
namespace laterbase::ivm {

template <typename Number>
void put(std::string& to, const Number& number) {
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

}  // namespace laterbase::ivm
