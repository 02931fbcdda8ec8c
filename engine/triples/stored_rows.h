#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace laterbase::triples {

// Rows for a table of the environment, in the order in which they are to be written: one block of memory for all.
class StoredRows {
 public:
  void add(BytesView key, BytesView value) {
    places_.push_back(
        {bytes_.size(), static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())});
    bytes_ += key;
    bytes_ += value;
  }

  std::size_t size() const noexcept { return places_.size(); }
  bool empty() const noexcept { return places_.empty(); }
  std::uint64_t bytes() const noexcept { return bytes_.size(); }
  BytesView key(std::size_t row) const noexcept { return BytesView(bytes_).substr(places_[row].at, places_[row].key); }
  BytesView value(std::size_t row) const noexcept {
    return BytesView(bytes_).substr(places_[row].at + places_[row].key, places_[row].value);
  }

 private:
  struct Place {
    std::size_t at;
    std::uint32_t key, value;  // sizes
  };
  std::string bytes_;
  std::vector<Place> places_;
};

}  // namespace laterbase::triples
