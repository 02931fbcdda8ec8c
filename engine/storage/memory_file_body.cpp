#include "engine/storage/memory_file_body.h"

#include <algorithm>

namespace laterbase {
namespace {

constexpr std::uint64_t atom_bytes = 512;

}  // namespace

void MemoryFileBody::write(std::uint64_t offset, BytesView bytes) {
  since_.push_back({false, offset, std::string(bytes)});
  apply(since_.back(), now_);
}

void MemoryFileBody::truncate(std::uint64_t size) {
  since_.push_back({true, size, {}});
  apply(since_.back(), now_);
}

void MemoryFileBody::sync() {
  for (const Step& step : since_) apply(step, durable_);
  since_.clear();
}

void MemoryFileBody::crash(Random& random) {
  std::uint64_t size = durable_.size();
  std::uint64_t largest = size;
  const std::uint64_t size_moment = random.below(since_.size() + 1);
  std::uint64_t size_then = size;
  for (std::size_t step = 0; step < since_.size(); ++step) {
    size = since_[step].size_after(size);
    largest = std::max(largest, size);
    if (step < size_moment) size_then = size;
  }
  durable_.resize(largest);
  std::vector<const Step*> touching;
  for (std::uint64_t begin = 0; begin < largest; begin += atom_bytes) {
    touching.clear();
    for (const Step& step : since_)
      if (step.touches(begin, begin + atom_bytes)) touching.push_back(&step);
    if (!touching.empty()) crash_atom(begin, touching, random.below(touching.size() + 1));
  }
  durable_.resize(size_then);
  now_ = durable_;
  since_.clear();
}

void MemoryFileBody::crash_atom(std::uint64_t begin, const std::vector<const Step*>& touching, std::size_t applied) {
  const std::uint64_t end = std::min<std::uint64_t>(begin + atom_bytes, durable_.size());
  for (std::size_t step = 0; step < applied; ++step) {
    const Step& each = *touching[step];
    const std::uint64_t from = std::max(begin, each.offset);
    const std::uint64_t to = each.cut ? end : std::min<std::uint64_t>(end, each.offset + each.bytes.size());
    if (from >= to) continue;
    const auto target = durable_.begin() + static_cast<std::ptrdiff_t>(from);
    if (each.cut)
      std::fill_n(target, to - from, '\0');
    else
      std::copy_n(each.bytes.begin() + static_cast<std::ptrdiff_t>(from - each.offset), to - from, target);
  }
}

std::uint64_t MemoryFileBody::Step::size_after(std::uint64_t size) const {
  return cut ? offset : std::max<std::uint64_t>(size, offset + bytes.size());
}

bool MemoryFileBody::Step::touches(std::uint64_t begin, std::uint64_t end) const {
  return offset < end && (cut || offset + bytes.size() > begin);
}

void MemoryFileBody::apply(const Step& step, std::string& to) {
  to.resize(step.size_after(to.size()));
  if (!step.cut) to.replace(step.offset, step.bytes.size(), step.bytes);
}

}  // namespace laterbase
