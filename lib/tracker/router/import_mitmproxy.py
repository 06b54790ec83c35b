"""Import this before mitmproxy where all that is wanted of it is a proxy.

`mitmproxy.addons` imports every addon there is when the first is asked for: a web server, LDAP and password
files among them, half of the time and a third of the memory that the router takes to start.  Here it is a
package all the same, whose modules are found where they stand, without those that nobody asked for.
"""

import sys
from importlib.util import find_spec
from types import ModuleType

NAME = "mitmproxy.addons"

if NAME not in sys.modules and (found := find_spec("mitmproxy")) and found.submodule_search_locations:
    addons = ModuleType(NAME)
    addons.__path__ = [f"{place}/addons" for place in found.submodule_search_locations]
    sys.modules[NAME] = addons
