import ArgumentParser
print("feederline")
