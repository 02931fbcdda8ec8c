#pragma once

#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/engine_storage/test_support.h"

namespace laterbase::test {

// A file system of a few megabytes on a directory of its own, where this process may mount one.
class SmallFileSystem {
 public:
  enum Kind { tmpfs, ext4 };

  SmallFileSystem(Kind kind, unsigned megabytes) {
    if (::geteuid() != 0) return;
    if (kind == tmpfs) {
      const std::string size = fmt::format("size={}m", megabytes);
      mounted_ = ::mount("laterbase-test", path().c_str(), "tmpfs", 0, size.c_str()) == 0;
    } else {
      const std::string image = above_ / "image";
      mounted_ = run(fmt::format("truncate -s {}M {}", megabytes, image)) && run("mkfs.ext4 -q -m 0 " + image) &&
                 run(fmt::format("mount -o loop {} {}", image, path()));
    }
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  ~SmallFileSystem() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }
  const std::string& path() const { return on_.path(); }

  static bool run(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

 private:
  TemporaryDirectory above_;
  TemporaryDirectory on_;
  bool mounted_ = false;
};

}  // namespace laterbase::test
