#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace laterbase::sync {

// What PUT /peers made, in a file of the data directory, so that it outlives the process. Written whole or not at all.
// Errors: Failure, where the file is damaged or the disk refuses.
class PeerFile {
 public:
  explicit PeerFile(std::string path) : path_(std::move(path)) {}
  std::vector<config::Peer> read() const;
  void write(const std::vector<config::Peer>& peers) const;

 private:
  std::string path_;
};

}  // namespace laterbase::sync
