#include "common/config/section.h"
