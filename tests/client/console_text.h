#pragma once

#include <sstream>

#include "client/console.h"

namespace laterbase::client {

// A console whose output is kept: as a pipe, or as a terminal of 80 columns.
class ConsoleText {
 public:
  explicit ConsoleText(bool terminal = false) : console_{out, err, terminal, false, 80} {}
  operator const Console&() const { return console_; }

  std::ostringstream out, err;

 private:
  Console console_;
};

}  // namespace laterbase::client
