"""The LibreOffice extension: a toolbar with the buttons of the ribbon, which starts xlkit in its own Python."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from xlkit.buttons import buttons
from xlkit.resources import macros_folder
from xlkit.templates.macros import zipped

EXTENSION_ID = "org.xlkit.toolbar"
SERVICE = "org.xlkit.Office"
COMPONENT, SETTINGS = "xlkit_office.py", "xlkit_office.json"

_MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
  <manifest:file-entry manifest:full-path="{COMPONENT}"
      manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/>
  <manifest:file-entry manifest:full-path="Addons.xcu"
      manifest:media-type="application/vnd.sun.star.configuration-data"/>
  <manifest:file-entry manifest:full-path="CalcWindowState.xcu"
      manifest:media-type="application/vnd.sun.star.configuration-data"/>
</manifest:manifest>
"""
_DESCRIPTION = """<?xml version="1.0" encoding="UTF-8"?>
<description xmlns="http://openoffice.org/extensions/description/2006"
    xmlns:xlink="http://www.w3.org/1999/xlink">
  <identifier value="{id}"/>
  <version value="{version}"/>
  <display-name>
    <name lang="ru">Профессионалитет (xlkit)</name>
    <name lang="en">Professionalitet (xlkit)</name>
  </display-name>
</description>
"""
_ADDONS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    oor:name="Addons" oor:package="org.openoffice.Office">
  <node oor:name="AddonUI">
    <node oor:name="OfficeToolBar">
      <node oor:name="{id}" oor:op="replace">
{items}
      </node>
    </node>
  </node>
</oor:component-data>
"""
_ITEM = """        <node oor:name="m{number:02}" oor:op="replace">
          <prop oor:name="Context"><value>com.sun.star.sheet.SpreadsheetDocument</value></prop>
          <prop oor:name="URL"><value>{url}</value></prop>
          <prop oor:name="Title"><value>{title}</value></prop>
          <prop oor:name="Target"><value>_self</value></prop>
        </node>"""
# Without it the toolbar would be called «Add-On 1».
_WINDOW_STATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    oor:name="CalcWindowState" oor:package="org.openoffice.Office.UI">
  <node oor:name="UIElements">
    <node oor:name="States">
      <node oor:name="private:resource/toolbar/addon_{id}" oor:op="replace">
        <prop oor:name="UIName"><value>Профессионалитет</value></prop>
        <prop oor:name="Style"><value>2</value></prop>
      </node>
    </node>
  </node>
</oor:component-data>
"""


def button_url(action: str) -> str:
    """What a button of the toolbar dispatches."""
    return f"service:{SERVICE}?{action}"


def build_extension(interpreter: str, version: str) -> bytes:
    """The extension as an .oxt file; ``interpreter`` is the Python that has xlkit."""
    items = "\n".join(
        _ITEM.format(number=number, url=escape(button_url(one.action)), title=escape(one.label))
        for number, one in enumerate(buttons().values(), start=1)
    )
    return zipped(
        {
            "META-INF/manifest.xml": _MANIFEST.encode(),
            "description.xml": _DESCRIPTION.format(id=EXTENSION_ID, version=version).encode(),
            "Addons.xcu": _ADDONS.format(id=EXTENSION_ID, items=items).encode(),
            "CalcWindowState.xcu": _WINDOW_STATE.format(id=EXTENSION_ID).encode(),
            COMPONENT: (macros_folder() / "libreoffice" / COMPONENT).read_bytes(),
            SETTINGS: json.dumps({"interpreter": interpreter}).encode(),
        }
    )
