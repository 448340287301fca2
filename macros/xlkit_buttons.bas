Attribute VB_Name = "xlkit_buttons"
' One Sub per button in a sheet; everything else is Python.
Option Explicit

Public Sub xlkit_check()
    RunPython "import xlkit.excel; xlkit.excel.run('check')"
End Sub

Public Sub xlkit_recompute()
    RunPython "import xlkit.excel; xlkit.excel.run('recompute')"
End Sub

Public Sub xlkit_undo_recompute()
    RunPython "import xlkit.excel; xlkit.excel.run('undo_recompute')"
End Sub

Public Sub xlkit_reconcile()
    RunPython "import xlkit.excel; xlkit.excel.run('reconcile')"
End Sub

Public Sub xlkit_add_row()
    RunPython "import xlkit.excel; xlkit.excel.run('add_row')"
End Sub

Public Sub xlkit_send()
    RunPython "import xlkit.excel; xlkit.excel.run('send')"
End Sub

Public Sub xlkit_clear_findings()
    RunPython "import xlkit.excel; xlkit.excel.run('clear_findings')"
End Sub

Public Sub xlkit_help()
    RunPython "import xlkit.excel; xlkit.excel.run('help')"
End Sub
