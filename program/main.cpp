#include "engine/base/log.h"

int main() {
  laterbase::log::setup(laterbase::log::Level::info, laterbase::log::Format::automatic);
  return 0;
}
