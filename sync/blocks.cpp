#include "sync/blocks.h"

#include <algorithm>
#include <utility>

namespace laterbase::sync {

Ulid bound_between(const Ulid& before, const Ulid& first) noexcept {
  const Ulid of_the_millisecond = Ulid::first_of(first.time_ms());
  return of_the_millisecond > before ? of_the_millisecond : first;
}

std::size_t Blocks::place_of(const Ulid& key) const {
  const auto behind = std::upper_bound(blocks_.begin(), blocks_.end(), key,
                                       [](const Ulid& left, const Block& block) { return left < block.from; });
  return static_cast<std::size_t>(behind - blocks_.begin()) - 1;
}

Block& Blocks::block_of(const Ulid& key) {
  if (blocks_.empty()) blocks_.push_back({});
  Block& newest = blocks_.back();
  return key >= newest.from ? newest : blocks_[place_of(key)];
}

bool Blocks::gather(const Ulid& key, const Fingerprint& print) {
  if (!gathering_) return false;
  gathered_.push_back({key, print});
  if (gathered_.size() >= gathered_most_) settle();
  return true;
}

void Blocks::settle() {
  if (!gathering_) return;
  gathering_ = false;
  std::vector<Gathered> all = std::exchange(gathered_, {});
  std::sort(all.begin(), all.end(), [](const Gathered& left, const Gathered& right) { return left.key < right.key; });
  const std::size_t room = most_ * 3 / 4 + 1;
  for (const auto& [key, print] : all) {
    if (blocks_.empty()) {
      blocks_.push_back({{}, key, {}});
    } else if (blocks_.back().print.count >= room && key > blocks_.back().last) {
      blocks_.push_back({bound_between(blocks_.back().last, key), key, {}});
    }
    blocks_.back().last = key;
    blocks_.back().print += print;
  }
}

void Blocks::add(const Ulid& key, const Fingerprint& one) {
  whole_ += one;
  if (gather(key, one)) return;
  const Block* const newest = blocks_.empty() ? nullptr : &blocks_.back();
  if (newest != nullptr && newest->print.count >= most_ && key > newest->last) {
    blocks_.push_back({bound_between(newest->last, key), key, one});
  } else {
    Block& block = block_of(key);
    block.last = std::max(block.last, key);
    block.print += one;
    block.changed = true;
    overfull_ |= block.print.count > most_;
  }
}

void Blocks::replace(const Ulid& key, const Fingerprint& old, const Fingerprint& now) {
  const Fingerprint change = now - old;
  whole_ += change;
  if (gather(key, change)) return;
  Block& block = block_of(key);
  block.print += change;
  block.changed = true;
}

void Blocks::split_block(const Block& block, const Ulid& last, const Read& read, std::vector<Block>& to) const {
  // So many of the same size that each has room for a half more.
  const std::size_t count = block.print.count;
  const std::size_t pieces = (count * 3 + 2 * most_ - 1) / (2 * most_);
  std::size_t taken = 0, piece = 0;
  read({block.from, last}, [&](const Element& element) {
    if (taken++ >= piece * count / pieces) {
      const Ulid from = piece == 0 ? block.from : bound_between(to.back().last, element.key);
      to.push_back({from, element.key, {}});
      ++piece;
    }
    to.back().last = element.key;
    to.back().print += fingerprint_of(element);
  });
}

void Blocks::split(const Read& read) {
  settle();
  if (!overfull_) return;
  std::vector<Block> blocks;
  for (const Block& block : blocks_) {
    if (block.print.count > most_) {
      split_block(block, block.last, read, blocks);
    } else {
      blocks.push_back(block);
    }
  }
  blocks_ = std::move(blocks);
  overfull_ = false;
}

Fingerprint Blocks::range(const Window& window, const Read& read) const {
  Fingerprint sum;
  if (blocks_.empty()) return sum;
  for (std::size_t i = place_of(window.from); i < blocks_.size() && blocks_[i].from <= window.to; ++i) {
    const Block& block = blocks_[i];
    if (block.empty() || block.last < window.from) continue;
    if (block.from >= window.from && block.last <= window.to) {
      sum += block.print;
      continue;
    }
    const Window edge{std::max(block.from, window.from), std::min(block.last, window.to)};
    read(edge, [&](const Element& element) { sum += fingerprint_of(element); });
  }
  return sum;
}

std::vector<Ulid> Blocks::cuts(const Window& window, std::size_t pieces) const {
  std::vector<Ulid> all;
  if (blocks_.empty()) return all;
  for (std::size_t i = place_of(window.from) + 1; i < blocks_.size() && blocks_[i].from <= window.to; ++i)
    all.push_back(blocks_[i].from);
  if (all.size() < pieces) return all;
  std::vector<Ulid> some;
  for (std::size_t i = 1; i < pieces; ++i) some.push_back(all[i * all.size() / pieces]);
  return some;
}

void Blocks::saved() noexcept {
  for (Block& block : blocks_) block.changed = false;
}

bool Blocks::restore(std::vector<Block> blocks) {
  const auto ascend = [](const Block& left, const Block& right) { return left.last < right.from; };
  const bool in_order = std::adjacent_find(blocks.begin(), blocks.end(), std::not_fn(ascend)) == blocks.end();
  if (!in_order || (!blocks.empty() && blocks.front().from != Ulid{})) return false;
  blocks_ = std::move(blocks);
  gathering_ = false;
  whole_ = {};
  overfull_ = false;
  for (const Block& block : blocks_) {
    whole_ += block.print;
    overfull_ |= block.print.count > most_;
  }
  return true;
}

}  // namespace laterbase::sync
