#include "engine/folds/positions.h"

#include <algorithm>

#include "engine/folds/bytes_io.h"

namespace laterbase::folds {
namespace {

void put_difference(std::string& to, Lc from, Lc until) {
  std::uint64_t number = until >= from ? (until - from) << 1 : ((from - until) << 1) - 1;
  for (; number >= 0x80; number >>= 7) to += static_cast<char>(number | 0x80);
  to += static_cast<char>(number);
}

}  // namespace

void Positions::add(Lc lc, const Ulid& key) {
  ++size_;
  if (blocks_.empty() || blocks_.back().count == entries_a_block) {
    blocks_.push_back({key, key, lc, lc, lc, lc, 1, {}});
    return;
  }
  Block& block = blocks_.back();
  block.least = std::min(block.least, key);
  block.greatest = std::max(block.greatest, key);
  put_difference(block.differences, block.last, lc);
  block.last = lc;
  block.lowest = std::min(block.lowest, lc);
  block.highest = std::max(block.highest, lc);
  ++block.count;
}

// False where the block is not what add() made.
bool Positions::read(const Block& block, std::vector<Lc>& positions) {
  Lc at = block.first;
  positions.push_back(at);
  std::uint64_t number = 0;
  unsigned shift = 0;
  std::uint32_t count = 1;
  for (const char c : block.differences) {
    if (shift > 63) return false;
    const auto byte = static_cast<unsigned char>(c);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    at += (number & 1) == 0 ? number >> 1 : ~(number >> 1);  // modulo 2^64
    positions.push_back(at);
    number = 0;
    shift = 0;
    ++count;
  }
  return count == block.count && at == block.last;
}

bool Positions::remove(Lc lc) {
  std::vector<Lc> positions;
  auto block = blocks_.begin();
  for (; block != blocks_.end(); ++block) {
    if (lc < block->lowest || lc > block->highest) continue;
    positions.clear();
    read(*block, positions);
    if (std::erase(positions, lc) != 0) break;
  }
  if (block == blocks_.end()) return false;
  --size_;
  if (positions.empty()) {
    blocks_.erase(block);
    return true;
  }
  // The keys' bounds stay as they are: they may be wider than need be.
  block->first = positions.front();
  block->last = positions.back();
  block->count = static_cast<std::uint32_t>(positions.size());
  block->differences.clear();
  for (std::size_t i = 1; i < positions.size(); ++i) put_difference(block->differences, positions[i - 1], positions[i]);
  return true;
}

void Positions::collect(const Ulid* after, const Ulid* until, std::vector<Lc>& positions) const {
  for (const Block& block : blocks_)
    if ((after == nullptr || block.greatest > *after) && (until == nullptr || block.least <= *until))
      read(block, positions);
}

std::size_t Positions::bytes() const noexcept {
  std::size_t bytes = blocks_.capacity() * sizeof(Block);
  for (const Block& block : blocks_) bytes += block.differences.capacity();
  return bytes;
}

void Positions::save(std::string& to) const {
  put_number(to, blocks_.size());
  for (const Block& block : blocks_) {
    put_key(to, block.least);
    put_key(to, block.greatest);
    put_number(to, block.first);
    put_number(to, block.last);
    put_number(to, block.lowest);
    put_number(to, block.highest);
    put_number(to, block.count);
    put_text(to, block.differences);
  }
}

bool Positions::load(std::string_view& from) {
  std::uint64_t blocks = 0;
  if (!take_number(from, blocks)) return false;
  std::vector<Lc> positions;
  for (; blocks > 0; --blocks) {
    Block block;
    std::uint64_t count = 0;
    if (!take_key(from, block.least) || !take_key(from, block.greatest) || !take_number(from, block.first) ||
        !take_number(from, block.last) || !take_number(from, block.lowest) || !take_number(from, block.highest) ||
        !take_number(from, count) || !take_text(from, block.differences))
      return false;
    positions.clear();
    block.count = static_cast<std::uint32_t>(count);
    if (count > entries_a_block || !read(block, positions)) return false;
    size_ += count;
    blocks_.push_back(std::move(block));
  }
  return true;
}

}  // namespace laterbase::folds
