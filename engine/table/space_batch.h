#pragma once

#include "engine/table/space_file.h"

namespace laterbase::worktable {

// Gathers the pages that changed, neighbours as one block, and writes them some megabytes at a time.
class SpaceFile::Batch {
 public:
  Batch(SpaceFile& space, std::uint64_t generation) : space_(space), generation_(generation) {
    report.generation = generation;
    bytes_.reserve(most_bytes + space.page_bytes_);
  }

  void add(std::uint32_t number, space::PageType type, std::uint32_t previous, std::uint32_t next, std::string& image) {
    space::put(image.data(), space::number_at, number);
    space::put(image.data(), space::previous_at, previous);
    space::put(image.data(), space::next_at, next);
    space::put(image.data(), space::type_at, type);
    space::put(image.data(), space::space_id_at, space_.space_id_);
    ++report.pages;
    auto& state = space_.state(number);
    const auto body = space::body_hash(image.data(), space_.page_bytes_);
    const bool changed = state.body != body;
    if (changed) state = {body, generation_, static_cast<std::uint8_t>(1 - state.twin)};
    space_.sum_ += space::checksum(body, state.generation);
    if (!changed) return;
    ++report.pages_written;
    space::seal(image.data(), space_.page_bytes_, body, generation_);
    append(space::slot_offset(number, state.twin, space_.page_bytes_), image);
  }

  void flush() {
    std::vector<Block> blocks;
    std::size_t from = 0;
    for (const auto& run : runs_) {
      blocks.push_back({run.offset, BytesView(bytes_).substr(from, run.length)});
      from += run.length;
    }
    space_.writer_->write(blocks);
    runs_.clear();
    bytes_.clear();
  }

  CommitReport report;

 private:
  static constexpr std::size_t most_bytes = std::size_t{4} << 20;

  struct Run {
    std::uint64_t offset;
    std::size_t length;
  };

  void append(std::uint64_t offset, const std::string& image) {
    if (!runs_.empty() && runs_.back().offset + runs_.back().length == offset)
      runs_.back().length += image.size();
    else
      runs_.push_back({offset, image.size()});
    bytes_ += image;
    if (bytes_.size() >= most_bytes) flush();
  }

  SpaceFile& space_;
  std::uint64_t generation_;
  std::string bytes_;
  std::vector<Run> runs_;
};

}  // namespace laterbase::worktable
